#pragma once

// The measures of corpus/prepare/music_sums.h as lines for a person who chooses training data, and
// as JSON.

#include <string>

#include "cli/program.h"
#include "corpus/prepare/music_sums.h"

namespace pno::cli {

// Two lines, "music" and "velocity", indented by two spaces; a third if pieces are like scores.
std::string music_lines(const corpus::MusicSums& music);

// {notes_per_second, mean_sounding_notes, velocity: {…}, one_velocity_pieces, one_grid_pieces}
Json music_json(const corpus::MusicSums& music);

}  // namespace pno::cli
