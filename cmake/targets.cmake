# Functions that make a library, a test and a benchmark of a folder of src/.

add_library(pno_options INTERFACE)
target_include_directories(pno_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_options(pno_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
# Strips the path of the sources from messages of PNO_CHECK.
target_compile_options(pno_options INTERFACE "-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=")
if(PNO_WARNINGS_AS_ERRORS)
  target_compile_options(pno_options INTERFACE -Werror)
endif()
# With sanitizers GCC warns of uninitialised members in std::regex and others, so only the presets
# without sanitizers treat warnings as errors.
if(PNO_SANITIZE)
  add_compile_options(-fsanitize=${PNO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PNO_SANITIZE})
endif()

# Kernels are compiled for every SIMD target, whatever baseline the compiler's flags set. The slowest
# is scalar code, not Highway's emulation of 128-bit vectors, which newer compilers would get. SSSE3 is
# left out because SSE4 is there, SVE because its vectors do not have a size at compile time.
# WebAssembly has one target.
if(EMSCRIPTEN)
  set(pno_simd_definitions HWY_COMPILE_ONLY_STATIC)
else()
  set(pno_simd_definitions HWY_COMPILE_ALL_ATTAINABLE HWY_WANT_AVX3_DL HWY_BROKEN_EMU128=1
    "HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SVE|HWY_SVE2|HWY_SVE_256|HWY_SVE2_128)")
endif()

# pno_library(midi SOURCES a.cpp b.cpp USES base LINKS Foo::foo)
# makes pno_midi. USES names folders of src/, "train_step" for train/step; LINKS names other libraries.
function(pno_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LINKS" ${ARGN})
  add_library(pno_${name} STATIC ${arg_SOURCES})
  target_link_libraries(pno_${name} PUBLIC ${arg_LINKS} PRIVATE pno_options)
  foreach(folder IN LISTS arg_USES)
    target_link_libraries(pno_${name} PUBLIC pno_${folder})
  endforeach()
endfunction()

# pno_precompiled(cli_header "<CLI/CLI.hpp>" LINKS CLI11::CLI11) makes pno_cli_header, whose precompiled
# headers other targets use with target_precompile_headers(… REUSE_FROM pno_cli_header).
function(pno_precompiled name headers)
  cmake_parse_arguments(arg "" "" "LINKS" ${ARGN})
  set(source "${CMAKE_BINARY_DIR}/generated/${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "// The source of a target for precompiled headers.\n")
  add_library(pno_${name} STATIC "${source}")
  target_link_libraries(pno_${name} PRIVATE pno_options ${arg_LINKS})
  target_precompile_headers(pno_${name} PRIVATE ${headers})
endfunction()

if(PNO_TESTS)
  pno_precompiled(test_header "<gmock/gmock.h>;<gtest/gtest.h>;<nlohmann/json.hpp>"
    LINKS GTest::gtest GTest::gmock nlohmann_json::nlohmann_json)
endif()

# Tests and benchmarks look for files in this folder. If it is not set, they get a name of a folder that
# does not exist, which is also the reason in "skipped: no asap-midi.zip in …".
set(pno_real_music "${PNO_REAL_MUSIC}")
if(pno_real_music STREQUAL "")
  set(pno_real_music "/PNO_REAL_MUSIC (not set)")
endif()

# pno_test(midi SOURCES a_test.cpp USES midi) makes midi_test and adds it to ctest as "midi".
# Tests whose names begin with "Slow" run as "midi_slow", labelled slow. HEADER names the target whose
# precompiled headers it uses.
function(pno_test name)
  if(NOT PNO_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "SLOW" "HEADER" "SOURCES;USES;LINKS" ${ARGN})
  if(NOT arg_HEADER)
    set(arg_HEADER test_header)
  endif()
  add_executable(${name}_test ${arg_SOURCES})
  target_link_libraries(${name}_test PRIVATE pno_options GTest::gtest GTest::gmock GTest::gtest_main
    ${arg_LINKS})
  foreach(folder IN LISTS arg_USES)
    target_link_libraries(${name}_test PRIVATE pno_${folder})
  endforeach()
  target_precompile_headers(${name}_test REUSE_FROM pno_${arg_HEADER})
  target_compile_definitions(${name}_test PRIVATE
    PNO_REAL_MUSIC="${pno_real_music}" PNO_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  add_test(NAME ${name} COMMAND ${name}_test --gtest_brief=1 --gtest_filter=-Slow*)
  if(arg_SLOW)
    add_test(NAME ${name}_slow COMMAND ${name}_test --gtest_brief=1 --gtest_filter=Slow*)
    set_tests_properties(${name}_slow PROPERTIES LABELS slow)
  endif()
endfunction()

# pno_benchmark(midi SOURCES a_bench.cpp USES midi) makes midi_bench.
function(pno_benchmark name)
  if(NOT PNO_BENCHMARKS)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LINKS" ${ARGN})
  add_executable(${name}_bench ${arg_SOURCES})
  target_link_libraries(${name}_bench PRIVATE pno_options benchmark::benchmark_main ${arg_LINKS})
  foreach(folder IN LISTS arg_USES)
    target_link_libraries(${name}_bench PRIVATE pno_${folder})
  endforeach()
  target_compile_definitions(${name}_bench PRIVATE PNO_REAL_MUSIC="${pno_real_music}")
  set_target_properties(${name}_bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
endfunction()
