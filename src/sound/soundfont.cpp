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
    "/usr/share/sounds/sf2/TimGM6mb.sf2",           // Debian: timgm6mb-soundfont
    "/usr/share/sounds/sf2/default-GM.sf2",         // Debian: whatever is installed
    "/usr/share/sounds/sf3/default-GM.sf3",         //
    "/usr/share/soundfonts/default.sf2",            // Arch, Fedora
    "/opt/homebrew/share/soundfonts/default.sf2",   // macOS
    "/usr/local/share/soundfonts/default.sf2",      //
};

bool is_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

}  // namespace

Expected<std::filesystem::path> find_soundfont() {
  if (const char* chosen = std::getenv("PNO_SOUNDFONT"); chosen != nullptr && *chosen != '\0') {
    if (is_file(chosen)) return chosen;
    return fail("{}: is not a file, but PNO_SOUNDFONT names it as the SoundFont", chosen);
  }
  for (const char* place : kPlaces) {
    if (is_file(place)) return place;
  }
  return fail(
      "no SoundFont was found: install Debian's package timgm6mb-soundfont (6 MB) or "
      "fluid-soundfont-gm (141 MB, the better piano), or set PNO_SOUNDFONT to an .sf2 file");
}

}  // namespace pno::sound
