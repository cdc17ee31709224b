#pragma once

// Draws a performance: pitch upwards, time to the right, velocity as colour. The part of a note
// that only the pedal sustains is lighter and thinner.

#include <filesystem>
#include <optional>

#include "base/error.h"
#include "midi/performance.h"
#include "picture/attention_arcs.h"
#include "picture/piano_roll_options.h"

namespace pno::picture {

// Writes a PNG, or an SVG if the name ends in .svg. Returns an error without notes to draw. With
// `attention`, notes that it does not have are faint.
Expected<void> draw_piano_roll(const midi::Performance& performance,
                               const std::filesystem::path& output, const PianoRollOptions& options,
                               const std::optional<AttentionArcs>& attention = {});

}  // namespace pno::picture
