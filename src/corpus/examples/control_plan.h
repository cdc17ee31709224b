#pragma once

// The controls of an example: where they stand, and what they say of the music that follows.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "corpus/examples/grid_music.h"
#include "events/controls.h"

namespace pno::corpus {

// Values in the order of events::kControlOrder; -1: the control is missing.
using ControlValues = std::array<int, events::kControlOrder.size()>;
inline constexpr ControlValues kNoControls = {-1, -1, -1, -1, -1, -1};

struct ControlOptions {
  double drop_all = 0.2;                // probability that an example has none
  double drop_each = 0.3;               // of each by itself, at each place
  double least_s = 2, greatest_s = 15;  // of music from one place to the next, equally likely
};

// The values of COMPOSER and KIND of a piece, -1 if unknown.
struct PieceControls {
  int composer = -1, music_kind = -1;
};

// Sums over the notes of a passage.
struct MusicSums {
  std::int64_t steps = 0, onsets = 0, velocities = 0;
  std::array<double, 12> class_steps{};  // note lengths within the passage, by pitch class

  void add(const MusicSums& other);
};

// Adds up events, passage by passage.
class MusicMeter {
 public:
  void read(const GridEvent& event);
  // The sums since the last call, up to `step`.
  MusicSums take(std::int64_t step);

 private:
  MusicSums sums_;
  events::PitchSet sounding_;
  std::array<std::int64_t, 128> since_{};  // of sounding pitches: the strike, or the last take()
  std::int64_t passage_start_ = 0;
};

// DENSITY, LOUDNESS and POLYPHONY of a passage, KEY of the crop. Missing are: DENSITY and POLYPHONY
// of a passage without time, LOUDNESS of one without onsets, KEY of a crop without a note.
ControlValues control_values(const PieceControls& piece, const MusicSums& passage,
                             const MusicSums& crop, int steps_per_second);

// Drops each value by itself.
void drop_values(double probability, RandomStream& random, ControlValues& values);

// Controls that stand before an event, the first of its step.
struct ControlPlace {
  std::size_t event = 0;
  ControlValues values = kNoControls;
};

// Music that controls are planned for.
struct ControlledMusic {
  std::span<const GridEvent> events;
  bool melody_is_given = false;  // by another player: its events do not count, since the controls
                                 // say what the model plays
  PieceControls piece = {};
  int steps_per_second = 100;
};

// The places of the controls of a crop: before its first event, then at random intervals of music.
// The values are of the music from there to the next place or the last event, each dropped at
// random.
std::vector<ControlPlace> plan_controls(const ControlledMusic& music, const ControlOptions& options,
                                        RandomStream& random);

}  // namespace pno::corpus
