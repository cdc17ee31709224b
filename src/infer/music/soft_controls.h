#pragma once

// Soft controls: biases on the logits towards a key, a density and less repetition, which the model
// can overrule. The key and the repetition penalty change which note comes next, not how likely a
// NOTE_ON is; the density changes when notes come.

#include <array>
#include <optional>
#include <span>

#include "base/error.h"
#include "events/vocabulary.h"
#include "infer/music/density_control.h"
#include "infer/music/key.h"
#include "infer/music/music_state.h"
#include "infer/music/repetition.h"

namespace pno::infer {

struct SoftControlOptions {
  std::optional<Key> key = {};    // empty: no bias
  double key_strength = 3;        // nats that a pitch outside the key loses against the tonic triad
  double density = 0;             // notes per second; 0: no bias
  double repetition_penalty = 0;  // nats per repeated note (infer/music/repetition.h); 0: none
  int repetition_window = 128;    // notes in which a repetition is looked for

  // All fields except the key, which has a flag of its own.
  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("key_strength", c.key_strength, "how strongly: 0 not at all, 3 clearly, 10 nothing else");
    visit("density", c.density, "notes a second to steer towards; 0: as the model likes");
    visit("repetition_penalty", c.repetition_penalty,
          "against playing a run of pitches again, in nats for each note of it; 0: none");
    visit("repetition_window", c.repetition_window, "notes in which it was played before");
  }

  // Returns an error if an option is out of range.
  Expected<void> validate() const;
};

class SoftControls {
 public:
  // `options` are valid.
  SoftControls(const events::Vocabulary& vocabulary, const SoftControlOptions& options);

  // The next event of the piece. Does not allocate.
  void read(events::Token token) noexcept;

  // Adds the biases to logits [V]; faults [V] are those of each event. Does not allocate.
  void apply(std::span<float> logits, std::span<const Fault> faults) const noexcept;

 private:
  events::Vocabulary vocabulary_;
  bool has_pitch_biases_;
  std::array<double, 128> key_bias_{};
  std::optional<RepetitionPenalty> repetition_;
  std::optional<DensityControl> density_;
};

}  // namespace pno::infer
