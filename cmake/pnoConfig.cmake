# find_package(pno) gives
#   pno::pno     the shared library, with <pno.h>
#   pno::static  the same as an archive
# and find_package(pno COMPONENTS engine)
#   pno::engine  the archive with the engine's own C++20 headers, "infer/session.h" and others, and
#                its dependencies fmt and tl::expected

include(CMakeFindDependencyMacro)
include("${CMAKE_CURRENT_LIST_DIR}/pnoTargets.cmake")
if("engine" IN_LIST pno_FIND_COMPONENTS)
  find_dependency(fmt)
  find_dependency(tl-expected)
  include("${CMAKE_CURRENT_LIST_DIR}/pnoEngineTargets.cmake")
  set(pno_engine_FOUND TRUE)
endif()
foreach(component IN LISTS pno_FIND_COMPONENTS)
  if(pno_FIND_REQUIRED_${component} AND NOT pno_${component}_FOUND)
    set(pno_FOUND FALSE)
    set(pno_NOT_FOUND_MESSAGE "pno does not have a component '${component}'; its only one is 'engine'")
  endif()
endforeach()
