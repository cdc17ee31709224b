#pragma once

// Steers music towards a number of notes a second, by a controller: where the last seconds had too
// few notes, NOTE_ONs become likelier and TIME_SHIFTs shorter; too many, the reverse.
// Takes no memory, for real-time threads.

#include <span>

#include "events/vocabulary.h"
#include "infer/music/music_state.h"

namespace pno::infer {

class DensityControl {
 public:
  // notes_per_s > 0
  DensityControl(const events::Vocabulary& vocabulary, double notes_per_s);

  void read(events::Token token) noexcept;

  // logits [V], what is wrong with each event: faults [V]. TIME_SHIFT s gets -bias · log(s), and
  // as a whole stays as likely against the rest as it was; NOTE_ON and VELOCITY get bias / 2.
  void apply(std::span<float> logits, std::span<const Fault> faults) const noexcept;

  double notes_per_s() const noexcept;            // of late
  double bias() const noexcept { return bias_; }  // positive: denser

 private:
  events::Vocabulary vocabulary_;
  double target_;  // notes a second
  double notes_;   // NOTE_ONs, each weighted by exp(-age / window)
  double integral_ = 0, bias_ = 0;
};

}  // namespace pno::infer
