# How a folder of src/ becomes a library, a test and a benchmark.

add_library(pno_options INTERFACE)
target_include_directories(pno_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_options(pno_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
# PNO_CHECK says where it stands; that this machine has it elsewhere is nobody's matter.
target_compile_options(pno_options INTERFACE "-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=")
if(PNO_WARNINGS_AS_ERRORS)
  target_compile_options(pno_options INTERFACE -Werror)
endif()
# GCC sees uninitialised members in sanitized std::regex and the like, so the presets with sanitizers
# leave warnings as they are; those without hold us to them.
if(PNO_SANITIZE)
  add_compile_options(-fsanitize=${PNO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PNO_SANITIZE})
endif()

# Kernels are compiled for every SIMD target, whatever the compiler's flags make the baseline; the
# slowest is plain scalar code, not Highway's emulation of 128-bit vectors, which newer compilers would
# get. SSSE3 is left out for SSE4, SVE for NEON: its vectors have no size that an array could have.
# A browser has one target.
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
# headers other targets take with target_precompile_headers(… REUSE_FROM pno_cli_header).
function(pno_precompiled name headers)
  cmake_parse_arguments(arg "" "" "LINKS" ${ARGN})
  set(source "${CMAKE_BINARY_DIR}/generated/${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "// For the target that headers are precompiled with.\n")
  add_library(pno_${name} STATIC "${source}")
  target_link_libraries(pno_${name} PRIVATE pno_options ${arg_LINKS})
  target_precompile_headers(pno_${name} PRIVATE ${headers})
endfunction()

if(PNO_TESTS)
  pno_precompiled(test_header "<gmock/gmock.h>;<gtest/gtest.h>;<nlohmann/json.hpp>"
    LINKS GTest::gtest GTest::gmock nlohmann_json::nlohmann_json)
endif()

# pno_test(midi SOURCES a_test.cpp USES midi) makes midi_test and gives it to ctest as "midi".
# Tests whose names begin with "Slow" run as "midi_slow", labelled slow. HEADER names the target whose
# precompiled headers it takes.
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
    PNO_REAL_MUSIC="${PNO_REAL_MUSIC}" PNO_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
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
  target_compile_definitions(${name}_bench PRIVATE PNO_REAL_MUSIC="${PNO_REAL_MUSIC}")
  set_target_properties(${name}_bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
endfunction()
