# For systems older than Debian 12, such as Colab's: with PNO_FETCH=ON, a library that is missing or
# too old is downloaded and built with pno.

option(PNO_FETCH "Download and build libraries that are missing or too old" OFF)

# find_or_fetch(fmt 9 REPOSITORY TAG): the system's version if it is at least 9, else TAG of REPOSITORY.
function(find_or_fetch package version repository tag)
  if(NOT PNO_FETCH)
    find_package(${package} ${version} REQUIRED)
    return()
  endif()
  find_package(${package} ${version} QUIET)
  if(${package}_FOUND)
    return()
  endif()
  message(STATUS "${package} ${version} or newer was not found: fetching ${tag} of ${repository}")
  include(FetchContent)
  # Without its tests and examples; its warnings are not errors.
  set(BUILD_TESTING OFF)
  set(HWY_ENABLE_EXAMPLES OFF)
  set(HWY_ENABLE_TESTS OFF)
  set(UTF8_TESTS OFF)
  set(UTF8_SAMPLES OFF)
  set(UTF8_INSTALL OFF)
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)  # let option() use the variables above
  FetchContent_Declare(${package} GIT_REPOSITORY "${repository}" GIT_TAG "${tag}" GIT_SHALLOW ON SYSTEM)
  FetchContent_MakeAvailable(${package})
  if(package STREQUAL "hwy" AND NOT TARGET hwy::hwy)
    add_library(hwy::hwy ALIAS hwy)
  endif()
endfunction()
