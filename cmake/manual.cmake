# Man pages and completions, written from --help when pno is built. Included from the root.

set(manual "${CMAKE_BINARY_DIR}/manual")
set(manual_programs pno)
foreach(program IN ITEMS pno-train pno-serve)
  if(TARGET ${program})
    list(APPEND manual_programs ${program})
  endif()
endforeach()
file(GLOB manual_scripts CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/scripts/manual/*")
add_custom_command(OUTPUT "${manual}/man/pno.1"
  COMMAND "${CMAKE_SOURCE_DIR}/scripts/manual/manual.sh" "$<TARGET_FILE:pno>" "${manual}"
  DEPENDS ${manual_programs} ${manual_scripts} VERBATIM)
add_custom_target(manual ALL DEPENDS "${manual}/man/pno.1")
add_test(NAME manual COMMAND "${CMAKE_SOURCE_DIR}/tests/manual_test.sh" "$<TARGET_FILE:pno>" "${manual}")

# OPTIONAL: `cmake --install` also works after a build of pno alone.
set(man "${CMAKE_INSTALL_MANDIR}/man1")
install(DIRECTORY "${manual}/man/" DESTINATION "${man}" OPTIONAL
  FILES_MATCHING PATTERN "*.1" PATTERN "pno-train.1" EXCLUDE)
install(FILES "${manual}/man/pno-train.1" DESTINATION "${man}" COMPONENT train OPTIONAL)
install(DIRECTORY "${manual}/bash/" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" OPTIONAL)
install(DIRECTORY "${manual}/zsh/" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions" OPTIONAL)
