# libpno.so and libpno.a, their headers, the CMake package and the pkg-config file. Included from
# src/api. All paths in installed files are relative to the prefix.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# Until 1.0 each minor version has its own interface.
set(soversion "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")
if(PROJECT_VERSION_MAJOR GREATER 0)
  set(soversion "${PROJECT_VERSION_MAJOR}")
endif()

add_library(pno_shared SHARED $<TARGET_OBJECTS:pno_api>)
target_link_libraries(pno_shared PRIVATE pno_infer pno_events pno_midi)
set(exported "${CMAKE_CURRENT_SOURCE_DIR}/pno.map")
target_link_options(pno_shared PRIVATE "LINKER:--version-script=${exported}")
set_target_properties(pno_shared PROPERTIES OUTPUT_NAME pno EXPORT_NAME pno LINK_DEPENDS "${exported}"
  VERSION "${PROJECT_VERSION}" SOVERSION "${soversion}")

# The same as an archive with all of its parts, for C and, with the engine's headers, for C++.
set(objects "")
foreach(part IN LISTS parts)
  list(APPEND objects "$<TARGET_OBJECTS:${part}>")
endforeach()
add_library(pno_static STATIC ${objects})
set_target_properties(pno_static PROPERTIES OUTPUT_NAME pno EXPORT_NAME static LINKER_LANGUAGE CXX)
set(static_libraries hwy fmt stdc++ pthread m)
target_link_libraries(pno_static INTERFACE ${static_libraries})

foreach(library IN ITEMS pno_shared pno_static)
  target_sources(${library} PUBLIC FILE_SET HEADERS
    BASE_DIRS "${CMAKE_CURRENT_SOURCE_DIR}" FILES "${CMAKE_CURRENT_SOURCE_DIR}/pno.h")
endforeach()

# All headers that infer/session.h, infer/generate.h and the MIDI reader and writer include.
set(source "${CMAKE_SOURCE_DIR}/src")
set(engine_headers
  base/error.h base/fields.h base/file.h base/progress.h base/random.h base/safetensors.h
  midi/oddities.h midi/performance.h midi/read_options.h midi/smf_reader.h midi/smf_writer.h
  events/controls.h events/decode.h events/encode.h events/grammar.h events/pitch_set.h events/role_grammar.h
  events/note_grid.h events/plain_note.h events/roles.h events/stored_vocabulary.h events/vocabulary.h
  model/config.h model/model_file.h model/vocabulary_size.h
  infer/music/density_control.h infer/music/detour.h infer/engine.h infer/generate.h infer/music/key.h
  infer/music/loop_watch.h infer/music/music_sampler.h
  infer/music/music_state.h infer/kernels/precision.h infer/music/repetition.h infer/music/sampler.h infer/session.h
  infer/music/soft_controls.h infer/music/wishes.h)
list(TRANSFORM engine_headers PREPEND "${source}/")
add_library(pno_engine INTERFACE)
set_target_properties(pno_engine PROPERTIES EXPORT_NAME engine)
target_link_libraries(pno_engine INTERFACE pno_static fmt::fmt tl::expected)
target_compile_features(pno_engine INTERFACE cxx_std_20)
target_sources(pno_engine INTERFACE FILE_SET HEADERS BASE_DIRS "${source}" FILES ${engine_headers})

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME dev)
install(TARGETS pno_shared EXPORT pno FILE_SET HEADERS)
install(TARGETS pno_static EXPORT pno FILE_SET HEADERS)
install(TARGETS pno_engine EXPORT pno_engine
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/pno")

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/pno")
install(EXPORT pno NAMESPACE pno:: DESTINATION "${package}" FILE pnoTargets.cmake)
install(EXPORT pno_engine NAMESPACE pno:: DESTINATION "${package}" FILE pnoEngineTargets.cmake)
set(version_file "${CMAKE_CURRENT_BINARY_DIR}/pnoConfigVersion.cmake")
write_basic_package_version_file("${version_file}" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_SOURCE_DIR}/cmake/pnoConfig.cmake" "${version_file}" DESTINATION "${package}")

file(RELATIVE_PATH prefix_from_pc
  "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
string(REGEX REPLACE "/$" "" prefix_from_pc "${prefix_from_pc}")
list(TRANSFORM static_libraries PREPEND "-l" OUTPUT_VARIABLE private_libraries)
list(JOIN private_libraries " " private_libraries)
configure_file("${CMAKE_SOURCE_DIR}/cmake/pno.pc.in" "${CMAKE_CURRENT_BINARY_DIR}/pno.pc" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/pno.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
