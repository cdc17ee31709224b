#pragma once

// Features of repetition, and of faults that generated music has: restrikes, drones, loops. All are
// 0 for an excerpt without notes.

#include <array>
#include <cstdint>

#include "eval/excerpt.h"

namespace pno::eval {

// The lags of repetition_by_lag() in seconds.
inline constexpr std::array kRepetitionLags_s = {1, 2, 4, 8, 16};

// How alike the pitches of a second and of the second a lag later are: the pitches that both have,
// divided by those that one of them has; averaged over the pairs of seconds with a note in either.
// 0 for a lag as long as the excerpt.
std::array<double, kRepetitionLags_s.size()> repetition_by_lag(const Excerpt& excerpt);

// A restrike begins less than this after the note of the same pitch before it.
inline constexpr std::int64_t kRestrike_us = 60'000;
// A drone sounds for at least this long, whatever the limit that ended it.
inline constexpr std::int64_t kDrone_us = 9'900'000;

std::int64_t count_restrikes(Notes notes);
std::int64_t count_drones(Notes notes);

// The notes in a loop: at least 12 notes in which a pattern of 1 to 8 pitches is played at least
// four times in a row.
std::int64_t count_loop_notes(Notes notes);

// The same as features: of 1,000 notes, and as a share of the notes.
double restrikes_per_thousand(Notes notes);
double drones_per_thousand(Notes notes);
double loop_share(Notes notes);

}  // namespace pno::eval
