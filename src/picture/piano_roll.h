#pragma once

// A performance as a picture: pitch by height, time to the right, velocity by shade; what the pedal
// adds to a note is drawn lighter and thinner.

#include <filesystem>

#include "base/error.h"
#include "midi/performance.h"
#include "picture/piano_roll_options.h"

namespace pno::picture {

// Writes PNG, or SVG where the name ends in .svg. Fails where there is no note to draw.
Expected<void> draw_piano_roll(const midi::Performance& performance,
                               const std::filesystem::path& output,
                               const PianoRollOptions& options);

}  // namespace pno::picture
