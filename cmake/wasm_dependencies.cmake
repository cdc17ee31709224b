# Libraries for the build with Emscripten: headers of Debian's packages, linked into a folder of their
# own, because /usr/include also has the headers of this machine's C library.

set(headers "${CMAKE_BINARY_DIR}/headers")
file(MAKE_DIRECTORY "${headers}")
foreach(library IN ITEMS fmt/format.h hwy/highway.h nlohmann/json.hpp tl/expected.hpp utf8/checked.h)
  cmake_path(GET library PARENT_PATH folder)
  find_path(${folder}_PATH "${library}" PATHS /usr/local/include /usr/include
    NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH REQUIRED)
  file(CREATE_LINK "${${folder}_PATH}/${folder}" "${headers}/${folder}" SYMBOLIC)
endforeach()

foreach(name IN ITEMS fmt::fmt hwy::hwy nlohmann_json::nlohmann_json tl::expected Threads::Threads utf8cpp)
  add_library(${name} INTERFACE IMPORTED)
  set_target_properties(${name} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${headers}")
endforeach()
target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY)

add_compile_options(-msimd128 -fwasm-exceptions)
add_link_options(-msimd128 -fwasm-exceptions)
