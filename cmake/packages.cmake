# Packages, made by `cmake --workflow --preset package`:
#   pno         the program, the page's server, the model and the piano, man pages, completions
#   pno-train   the trainer, which needs LibTorch
#   libpno-dev  the library for C and C++
# each as .deb, and as a .tar.gz that can be unpacked anywhere; those of one version share a folder, so
# that pno finds pno-train. `cpack` in any build folder makes the packages of what was built there.

set(CPACK_PACKAGE_NAME pno)
set(CPACK_PACKAGE_VENDOR pno)
set(CPACK_PACKAGE_CONTACT "pno <pno@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "learns to play the piano from MIDI files, and plays")
set(CPACK_RESOURCE_FILE_LICENSE "${CMAKE_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_BINARY_DIR}/packages")
string(TOLOWER "${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}" system)
set(CPACK_PACKAGE_FILE_NAME "pno-${PROJECT_VERSION}-${system}")  # the folder in every tarball
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)

set(components pno dev)
if(PNO_TRAIN)
  list(APPEND components train)
endif()
set(CPACK_COMPONENTS_ALL ${components})
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_PROJECT_CONFIG_FILE "${CMAKE_SOURCE_DIR}/cmake/archive_folder.cmake")
set(CPACK_ARCHIVE_PNO_FILE_NAME "${CPACK_PACKAGE_FILE_NAME}")
set(CPACK_ARCHIVE_TRAIN_FILE_NAME "pno-train-${PROJECT_VERSION}-${system}")
set(CPACK_ARCHIVE_DEV_FILE_NAME "libpno-dev-${PROJECT_VERSION}-${system}")

set(CPACK_COMPONENT_PNO_DESCRIPTION "A Music Transformer in C++: new piano music, continuations, a duet at a MIDI keyboard,
and a page for the browser. With a trained model and a piano.")
set(CPACK_COMPONENT_TRAIN_DESCRIPTION "The command 'pno train': trains a Music Transformer on MIDI datasets, with LibTorch.")
set(CPACK_COMPONENT_DEV_DESCRIPTION "The engine of pno as a library: pno.h for C, headers for C++, CMake and pkg-config files.")

# Dependencies on shared libraries are found by dpkg-shlibdeps.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PNO_PACKAGE_NAME pno)
set(CPACK_DEBIAN_TRAIN_PACKAGE_NAME pno-train)
set(CPACK_DEBIAN_DEV_PACKAGE_NAME libpno-dev)
set(CPACK_DEBIAN_PNO_PACKAGE_SECTION sound)
set(CPACK_DEBIAN_TRAIN_PACKAGE_SECTION sound)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
if(PNO_SOUND)
  # Loaded when it is needed (src/sound/fluid_library.h), so dpkg-shlibdeps does not see it.
  set(CPACK_DEBIAN_PNO_PACKAGE_DEPENDS libfluidsynth3)
endif()
set(CPACK_DEBIAN_PNO_PACKAGE_SUGGESTS pno-train)
set(CPACK_DEBIAN_TRAIN_PACKAGE_DEPENDS "pno (= ${PROJECT_VERSION})")
# With the reference BLAS, which satisfies LibTorch, training is tens of times slower.
set(CPACK_DEBIAN_TRAIN_PACKAGE_RECOMMENDS libopenblas0-pthread)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libfmt-dev, libhwy-dev, libexpected-dev")

foreach(package IN ITEMS pno train dev)
  string(TOUPPER "${package}" component)
  install(FILES "${CMAKE_SOURCE_DIR}/cmake/copyright" COMPONENT ${package}
    DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${CPACK_DEBIAN_${component}_PACKAGE_NAME}")
endforeach()
include(CPack)

# Also in builds without PNO_TESTS: `ctest --preset package` tries the packages of preset "package".
if(NOT PNO_SANITIZE)
  add_test(NAME packages COMMAND "${CMAKE_SOURCE_DIR}/tests/packages_test.sh"
    "${CMAKE_BINARY_DIR}" "${PROJECT_VERSION}")
  add_test(NAME debian COMMAND "${CMAKE_SOURCE_DIR}/tests/debian_test.sh"
    "${CMAKE_BINARY_DIR}" "${PROJECT_VERSION}"
    "${CMAKE_SOURCE_DIR}/data/mini/Schubert/Moment_musical_no_3/Tetzloff09M.mid")
  set_tests_properties(packages debian PROPERTIES SKIP_RETURN_CODE 77 LABELS slow TIMEOUT 3600)
endif()
