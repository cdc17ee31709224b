#pragma once

// Features of the pitches of an excerpt. Every note counts once, whatever its length. All are 0 for
// an excerpt without notes.

#include <array>

#include "eval/excerpt.h"

namespace pno::eval {

inline constexpr std::size_t kPitchClasses = 12;

// From the lowest to the highest pitch, in semitones.
double pitch_range(Notes notes);

// Number of different pitches.
double distinct_pitches(Notes notes);

// Shares of the pitch classes, C first.
std::array<double, kPitchClasses> pitch_class_histogram(Notes notes);

// Shares of the pairs of pitch classes of successive notes: [from * 12 + to].
std::array<double, kPitchClasses * kPitchClasses> pitch_class_transitions(Notes notes);

// Entropy in bits of the pitch classes within a window, averaged over the windows with notes.
double pitch_class_entropy(Notes notes, double window_s);

// The share of the notes in the diatonic scale, of twelve, that has most of them.
double scale_consistency(Notes notes);

// 1 minus the mean of infer::foreignness() in the key, of 24, that fits best.
double key_fit(Notes notes);

}  // namespace pno::eval
