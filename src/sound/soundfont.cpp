#include "sound/soundfont.h"

#include <array>
#include <cstdlib>
#include <system_error>

namespace pno::sound {
namespace {

// The better pianos first.
constexpr std::array kPlaces = {
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",         // Debian: fluid-soundfont-gm
    "/usr/share/soundfonts/FluidR3_GM.sf2",         // Arch, Fedora
    "/usr/share/sounds/sf3/MuseScore_General.sf3",  // Debian: musescore-general-soundfont
    "/usr/share/sounds/sf3/FluidR3Mono_GM.sf3",     // Debian: fluidr3mono-gm-soundfont
    "/usr/share/sounds/sf2/TimGM6mb.sf2",           // Debian: timgm6mb-soundfont
    "/usr/share/sounds/sf2/default-GM.sf2",         // Debian: the one that is installed
    "/usr/share/sounds/sf3/default-GM.sf3",         //
    "/usr/share/soundfonts/default.sf2",            // Arch, Fedora
    "/opt/homebrew/share/soundfonts/default.sf2",   // macOS
    "/usr/local/share/soundfonts/default.sf2",      //
};

bool is_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

// The piano beside the program: in the build folder, for the program and for its tests, or
// installed, for bin/pno and for libexec/pno/pno-serve.
std::filesystem::path shipped_piano() {
  constexpr const char* kName = "piano.sf3";
  std::error_code ignored;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  const auto above = here.parent_path();
  for (const auto& folder : {here / "piano", above / "piano", above / "share/pno/piano",
                             above.parent_path() / "share/pno/piano"}) {
    if (is_file(folder / kName)) return folder / kName;
  }
  return {};
}

}  // namespace

Expected<std::filesystem::path> find_soundfont(int program) {
  if (const char* chosen = std::getenv("PNO_SOUNDFONT"); chosen != nullptr && *chosen != '\0') {
    if (is_file(chosen)) return chosen;
    return fail("{}: is not a file, but PNO_SOUNDFONT names it as the SoundFont", chosen);
  }
  if (program == 0) {
    if (const auto piano = shipped_piano(); !piano.empty()) return piano;
  }
  for (const char* place : kPlaces) {
    if (is_file(place)) return place;
  }
  if (program != 0) {
    return fail(
        "no SoundFont with program {} was found, and the one of pno has only the piano, program 0: "
        "install Debian's package timgm6mb-soundfont (6 MB) or fluid-soundfont-gm (141 MB), or set "
        "PNO_SOUNDFONT to an .sf2 or .sf3 file",
        program);
  }
  return fail(
      "no SoundFont was found, not even piano.sf3, which is installed with pno: install pno again, "
      "or Debian's package musescore-general-soundfont, or set PNO_SOUNDFONT to an .sf2 or .sf3 "
      "file");
}

}  // namespace pno::sound
