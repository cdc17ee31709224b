#pragma once

// Where a SoundFont, the recorded strings that FluidSynth plays on, is found.

#include <filesystem>

#include "base/error.h"

namespace pno::sound {

// $PNO_SOUNDFONT, else the first of the places where Debian's packages and others put one.
Expected<std::filesystem::path> find_soundfont();

}  // namespace pno::sound
