#pragma once

// Finds a SoundFont, the recorded instruments of FluidSynth.

#include <filesystem>

#include "base/error.h"

namespace pno::sound {

// $PNO_SOUNDFONT; else, for program 0, the piano that is installed with pno (data/piano); else the
// first that exists of the paths that Debian's and other packages use.
Expected<std::filesystem::path> find_soundfont(int program = 0);

}  // namespace pno::sound
