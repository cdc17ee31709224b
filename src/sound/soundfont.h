#pragma once

// Finds a SoundFont, the recorded instruments of FluidSynth.

#include <filesystem>

#include "base/error.h"

namespace pno::sound {

// $PNO_SOUNDFONT, or the first that exists of the paths that Debian's and other packages use.
Expected<std::filesystem::path> find_soundfont();

}  // namespace pno::sound
