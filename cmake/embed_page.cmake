# embed_page(OUTPUT FOLDER) writes OUTPUT/page_files.cpp with pno::web::page_files(): the files of a
# built page, which the assembler reads, or none if the folder does not exist. CMake runs again when
# the page is built again.
function(embed_page output folder)
  set(symbols "")
  set(entries "")
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE "${folder}" "${folder}/*")
  set(index 0)
  foreach(file IN LISTS files)
    get_filename_component(ending "${file}" LAST_EXT)
    if(ending STREQUAL ".html")
      set(type "text/html; charset=utf-8")
    elseif(ending STREQUAL ".js")
      set(type "text/javascript; charset=utf-8")
    elseif(ending STREQUAL ".css")
      set(type "text/css; charset=utf-8")
    elseif(ending STREQUAL ".svg")
      set(type "image/svg+xml")
    elseif(ending STREQUAL ".wasm")
      set(type "application/wasm")
    elseif(ending STREQUAL ".woff2")
      set(type "font/woff2")
    elseif(ending STREQUAL ".webmanifest")
      set(type "application/manifest+json")
    else()
      set(type "application/octet-stream")
    endif()
    set(name "pno_page_${index}")
    string(APPEND symbols
      "__asm__(\".section .rodata\\n.global ${name}\\n${name}: .incbin \\\"${folder}/${file}\\\"\\n\"\n"
      "        \".global ${name}_end\\n${name}_end: .byte 0\\n.previous\\n\");\n"
      "extern \"C\" const char ${name}[], ${name}_end[];\n")
    string(APPEND entries
      "      {\"/${file}\", \"${type}\", {${name}, static_cast<std::size_t>(${name}_end - ${name})}},\n")
    set_property(SOURCE "${output}/page_files.cpp" APPEND PROPERTY OBJECT_DEPENDS "${folder}/${file}")
    math(EXPR index "${index} + 1")
  endforeach()
  list(LENGTH files count)
  file(CONFIGURE OUTPUT "${output}/page_files.cpp" @ONLY CONTENT [[
// Written by CMake from the built page.

#include "web/page_files.h"

#include <array>

@symbols@
namespace pno::web {

std::span<const PageFile> page_files() {
  static const std::array<PageFile, @count@> files = {{
@entries@  }};
  return files;
}

}  // namespace pno::web
]])
  message(STATUS "The page: ${count} files")
endfunction()
