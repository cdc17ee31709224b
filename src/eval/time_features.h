#pragma once

// Features of rhythm, length and loudness of an excerpt. All are 0 for an excerpt without notes.

#include <array>

#include "eval/excerpt.h"

namespace pno::eval {

// Notes a second.
double density(const Excerpt& excerpt);

// Times of the onsets in microseconds. Notes at most 30 ms after the first of a chord are one
// onset.
std::vector<std::int64_t> onset_times(Notes notes);

// Logarithmic bins for times: below 30 ms, then each half octave higher, the last from 3.8 s on.
inline constexpr std::size_t kTimeBins = 16;
using TimeHistogram = std::array<double, kTimeBins>;
std::size_t time_bin(double seconds);

// Seconds between successive onsets: their median, and shares of them by bin.
double inter_onset_median(Notes notes);
TimeHistogram inter_onset_histogram(Notes notes);

// Seconds that the notes sound.
double length_median(Notes notes);
TimeHistogram length_histogram(Notes notes);

// Mean of the velocities.
double mean_velocity(Notes notes);

// Greatest minus least velocity within a second, averaged over the seconds with two notes or more.
double velocity_range_of_second(Notes notes);

// Notes that sound at a time, averaged over the time in which one sounds.
double polyphony(Notes notes);

// The share of the excerpt in which nothing sounds.
double silence_share(const Excerpt& excerpt);

// How alike the onsets of successive windows of 2 s are, on a grid of 100 ms: the share of the
// cells that have an onset in both windows or in neither, averaged over pairs of neighbours of
// which one has an onset. After the groove pattern similarity of Wu and Yang, "The Jazz
// Transformer on the front line", 2020, with seconds instead of bars.
double onset_groove(const Excerpt& excerpt);

}  // namespace pno::eval
