#pragma once

// Steers music towards a number of notes per second with a proportional-integral controller: if the
// last seconds had too few notes, NOTE_ONs become more likely and TIME_SHIFTs shorter, and vice
// versa. Does not allocate, lock or throw.

#include <span>

#include "events/vocabulary.h"
#include "infer/music/music_state.h"

namespace pno::infer {

class DensityControl {
 public:
  // notes_per_s > 0
  DensityControl(const events::Vocabulary& vocabulary, double notes_per_s);

  void read(events::Token token) noexcept;

  // Adds biases to logits [V]; faults [V] are those of each event. A TIME_SHIFT of s steps gets
  // -bias · log(s), while all TIME_SHIFTs together stay as likely as before; NOTE_ON and VELOCITY
  // get bias / 2.
  void apply(std::span<float> logits, std::span<const Fault> faults) const noexcept;

  double notes_per_s() const noexcept;            // over the last seconds
  double bias() const noexcept { return bias_; }  // positive: denser

 private:
  events::Vocabulary vocabulary_;
  double target_;  // notes per second
  double notes_;   // NOTE_ONs, each weighted by exp(-age / window)
  double integral_ = 0, bias_ = 0;
};

}  // namespace pno::infer
