#pragma once

// Features of repetition, and of faults that generated music has: restrikes, drones, loops. All are
// 0 for an excerpt without notes.

#include <array>

#include "eval/excerpt.h"

namespace pno::eval {

// The lags of repetition_by_lag() in seconds.
inline constexpr std::array kRepetitionLags_s = {1, 2, 4, 8, 16};

// How alike the pitches of a second and of the second a lag later are: the pitches that both have,
// divided by those that one of them has; averaged over the pairs of seconds with a note in either.
// 0 for a lag as long as the excerpt.
std::array<double, kRepetitionLags_s.size()> repetition_by_lag(const Excerpt& excerpt);

// Of 1,000 notes, those struck less than 60 ms after their pitch was struck before.
double restrikes_per_thousand(Notes notes);

// Of 1,000 notes, those that sound for 9.9 s and longer.
double drones_per_thousand(Notes notes);

// The share of the notes that lie in a loop: at least 12 notes in which a pattern of 1 to 8 pitches
// is played at least four times in a row.
double loop_share(Notes notes);

}  // namespace pno::eval
