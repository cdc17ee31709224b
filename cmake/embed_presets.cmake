# embed_presets(OUTPUT FILE...) writes the C++ source of pno::cli::embedded_presets() from TOML
# files, so that the program does not need them. CMake runs again when one of them changes.
function(embed_presets output)
  set(entries "")
  foreach(file IN LISTS ARGN)
    get_filename_component(name "${file}" NAME_WE)
    file(READ "${file}" toml)
    string(APPEND entries "    {\"${name}\", R\"toml(${toml})toml\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  endforeach()
  list(LENGTH ARGN count)
  file(CONFIGURE OUTPUT "${output}" @ONLY CONTENT [[
// Written by CMake from presets/*.toml.

#include <array>

#include "cli/preset.h"

namespace pno::cli {
namespace {

constexpr std::array<Preset, @count@> kPresets = {{
@entries@}};

}  // namespace

std::span<const Preset> embedded_presets() { return kPresets; }

}  // namespace pno::cli
]])
endfunction()
