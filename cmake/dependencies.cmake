# Every library that pno is built on, found in one place. Debian 12 has them all;
# scripts/dependencies.sh installs them.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(hwy REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
# By pkg-config: the CMake files of Debian's libzip-dev ask for three more packages of tools.
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip)
find_package(ZLIB REQUIRED)  # libzip has brought it
if(PNO_PICTURE)
  pkg_check_modules(cairo REQUIRED IMPORTED_TARGET cairo)
endif()
if(PNO_SOUND)
  pkg_check_modules(fluidsynth REQUIRED IMPORTED_TARGET fluidsynth)
  pkg_check_modules(sndfile REQUIRED IMPORTED_TARGET sndfile)
endif()
if(PNO_TRAIN)
  find_package(Torch REQUIRED)
  # at::parallel_for is a template: compiled without OpenMP it is a plain loop, and says nothing.
  find_package(OpenMP REQUIRED)
endif()
if(PNO_TESTS)
  find_package(GTest REQUIRED)
endif()
if(PNO_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
