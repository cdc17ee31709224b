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

# pno_library(midi SOURCES a.cpp b.cpp USES base LINKS Foo::foo)
# makes pno_midi. USES names folders of src/, LINKS what comes from elsewhere.
function(pno_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LINKS" ${ARGN})
  add_library(pno_${name} STATIC ${arg_SOURCES})
  target_link_libraries(pno_${name} PUBLIC ${arg_LINKS} PRIVATE pno_options)
  foreach(folder IN LISTS arg_USES)
    target_link_libraries(pno_${name} PUBLIC pno_${folder})
  endforeach()
endfunction()

# pno_test(midi SOURCES a_test.cpp USES midi) makes midi_test and gives it to ctest as "midi".
# Tests whose names begin with "Slow" run as "midi_slow", labelled slow.
function(pno_test name)
  if(NOT PNO_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "SLOW" "" "SOURCES;USES;LINKS" ${ARGN})
  add_executable(${name}_test ${arg_SOURCES})
  target_link_libraries(${name}_test PRIVATE pno_options GTest::gtest GTest::gmock GTest::gtest_main
    ${arg_LINKS})
  foreach(folder IN LISTS arg_USES)
    target_link_libraries(${name}_test PRIVATE pno_${folder})
  endforeach()
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
