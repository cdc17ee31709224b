#pragma once

// What a piece is asked to be like: biases on the logits, which the model can overrule. Each is
// neutral to what is not its matter: the key and the penalty on repetition say which notes come,
// and leave a NOTE_ON as likely as it was; the density says when.

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
  std::optional<Key> key = {};    // none: any
  double key_strength = 3;        // nats that a foreign pitch loses against the tonic triad
  double density = 0;             // notes a second; 0: as the model likes
  double repetition_penalty = 0;  // nats for each note of a run that is played again; 0: none
  int repetition_window = 128;    // notes in which the run was played before

  // All but the key, which is a flag by itself.
  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("key_strength", c.key_strength, "how strongly: 0 not at all, 3 clearly, 10 nothing else");
    visit("density", c.density, "notes a second to steer towards; 0: as the model likes");
    visit("repetition_penalty", c.repetition_penalty,
          "against playing a run of pitches again, in nats for each note of it; 0: none");
    visit("repetition_window", c.repetition_window, "notes in which it was played before");
  }

  Expected<void> validate() const;
};

class SoftControls {
 public:
  // `options` are valid.
  SoftControls(const events::Vocabulary& vocabulary, const SoftControlOptions& options);

  // An event of the piece. Takes no memory.
  void read(events::Token token) noexcept;

  // Adds the biases to logits [V]; faults [V] say what may be drawn. Takes no memory.
  void apply(std::span<float> logits, std::span<const Fault> faults) const noexcept;

 private:
  events::Vocabulary vocabulary_;
  bool weighs_pitches_;
  std::array<double, 128> key_bias_{};
  std::optional<RepetitionPenalty> repetition_;
  std::optional<DensityControl> density_;
};

}  // namespace pno::infer
