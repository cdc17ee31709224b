# For systems older than Debian 12, Colab's among them: with PNO_FETCH=ON, a library that is missing
# or too old is downloaded and built with pno.

option(PNO_FETCH "Download and build the libraries that this system lacks or has too old" OFF)

# find_or_fetch(fmt 9 REPOSITORY TAG): of the system from version 9 on, else as TAG in REPOSITORY.
function(find_or_fetch package version repository tag)
  if(NOT PNO_FETCH)
    find_package(${package} ${version} REQUIRED)
    return()
  endif()
  find_package(${package} ${version} QUIET)
  if(${package}_FOUND)
    return()
  endif()
  message(STATUS "${package} ${version} or newer is not here: taking ${tag} of ${repository}")
  include(FetchContent)
  # Its tests and examples stay away, and its warnings are its own.
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
