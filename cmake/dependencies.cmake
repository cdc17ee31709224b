# Every library that pno is built on, found in one place. Debian 12 has them all;
# scripts/dependencies.sh installs them.

include(fetch)
find_package(Threads REQUIRED)
find_or_fetch(fmt 9 https://github.com/fmtlib/fmt 9.1.0)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json REQUIRED)
find_or_fetch(hwy 1.0 https://github.com/google/highway 1.0.3)
find_package(CLI11 REQUIRED)
find_path(PNO_TOML_INCLUDE toml++/toml.h)  # one header: where it is installed, it needs no CMake
if(PNO_FETCH AND NOT PNO_TOML_INCLUDE)
  find_or_fetch(tomlplusplus 3 https://github.com/marzer/tomlplusplus v3.3.0)
endif()
# By hand: the CMake files of Debian's libzip-dev ask for three more packages of tools.
find_path(LIBZIP_INCLUDE zip.h REQUIRED)
find_library(LIBZIP_LIBRARY zip REQUIRED)
add_library(libzip::zip UNKNOWN IMPORTED)
set_target_properties(libzip::zip PROPERTIES
  IMPORTED_LOCATION "${LIBZIP_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${LIBZIP_INCLUDE}")
find_package(ZLIB REQUIRED)  # libzip has brought it
if(PNO_PICTURE OR PNO_SOUND)
  find_package(PkgConfig REQUIRED)
endif()
if(PNO_PICTURE)
  pkg_check_modules(cairo REQUIRED IMPORTED_TARGET cairo)
endif()
if(PNO_SOUND)
  pkg_check_modules(fluidsynth REQUIRED IMPORTED_TARGET fluidsynth)
  pkg_check_modules(sndfile REQUIRED IMPORTED_TARGET sndfile)
endif()
if(PNO_TRAIN)
  include(libtorch)
  # at::parallel_for is a template: compiled without OpenMP it is a plain loop, and says nothing.
  find_package(OpenMP REQUIRED)
  if(TARGET c10_cuda OR TORCH_CUDA_LIBRARIES)
    set(PNO_TORCH_HAS_CUDA ON)
  endif()
  # TensorBoard's event files. The full library, though its lite one would do: LibTorch brings it along,
  # and two in one process would share their names.
  find_program(PROTOC protoc REQUIRED)
  pkg_check_modules(protobuf REQUIRED protobuf)
endif()
if(PNO_TESTS)
  find_package(GTest REQUIRED)
endif()
if(PNO_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
