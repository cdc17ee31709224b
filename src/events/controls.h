#pragma once

// The values of control tokens: how music is sorted into the bins of KEY, DENSITY, LOUDNESS and
// POLYPHONY, and the names of keys. docs/design.md section 2 defines the edges.

#include <array>
#include <span>
#include <string_view>

#include "events/vocabulary.h"

namespace pno::events {

// Controls stand in this order; any may be missing.
inline constexpr std::array kControlOrder = {Kind::composer, Kind::music_kind, Kind::key,
                                             Kind::density,  Kind::loudness,   Kind::polyphony};

// The lower edges of the bins after bin 0.
inline constexpr std::array kDensityEdges = {1.0, 2.0, 3.5, 5.0, 7.5, 11.0, 16.0};  // onsets/s
inline constexpr std::array kPolyphonyEdges = {1.5, 2.5, 4.0, 6.0, 9.0};  // mean sounding notes
inline constexpr double kLeastLoudness = 24, kGreatestLoudness = 104;     // mean MIDI velocities
inline constexpr int kLoudnessBins = 8;                                   // of equal width
inline constexpr int kKeys = 24;

// The bin of a finite value. Values beyond the edges are in the first or last bin.
int density_bin(double onsets_per_second);
int loudness_bin(double mean_velocity);
int polyphony_bin(double mean_sounding_notes);

// The key whose profile correlates best with the durations of the 12 pitch classes, C first: 0..11
// major keys from C, 12..23 minor keys from C. Of equally good ones the first. -1 if all durations
// are equal, so that nothing correlates. Profiles: Krumhansl and Kessler 1982.
int key_of(std::span<const double, 12> durations);

// "C major", "F sharp minor".
std::string_view key_name(int key);

}  // namespace pno::events
