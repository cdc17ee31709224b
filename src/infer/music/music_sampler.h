#pragma once

// From a model's logits to the next event of a piece: what makes no sense cannot be drawn, what is
// wished is preferred.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "events/vocabulary.h"
#include "infer/music/music_state.h"
#include "infer/music/sampler.h"
#include "infer/music/soft_controls.h"

namespace pno::infer {

struct DrawOptions {
  SamplerOptions sampler = {};
  MusicLimits limits = {};
  SoftControlOptions controls = {};
  bool unconstrained = false;  // the raw model: any event may come, but BOS
  bool until_end = false;      // EOS may come; else it is never drawn

  Expected<void> validate() const;
};

class MusicSampler {
 public:
  // `options` are valid.
  MusicSampler(const events::Vocabulary& vocabulary, const DrawOptions& options, std::uint64_t seed,
               std::uint64_t stream = 0);

  // The next event of the piece: of a prime, or drawn. Takes no memory.
  void read(events::Token token) noexcept;

  // Draws by other options from now on, valid ones: the piece and the random stream go on. Controls
  // that look back hear what is in `recent`, the last events read, the oldest first.
  void use(const DrawOptions& options, std::span<const events::Token> recent);

  // Has read what `earlier` has, of the same options; the random stream goes on. Takes no memory.
  void go_back_to(const MusicSampler& earlier);

  // Draws from logits [V]: what the sampler says and, where that has a Fault, a second time, now
  // among what may come. So an event without a fault is as likely as if the others did not exist.
  // Nothing where no event that may come has a finite logit. Takes no memory.
  std::optional<events::Token> draw(std::span<const float> logits);

  // The logits that a draw is from: wishes added, -infinity for what may not come. Valid until the
  // next call. For searches that do not draw. Takes no memory.
  std::span<const float> weigh(std::span<const float> logits);

  // Draws that had to be repeated, by the fault of what was drawn first.
  std::int64_t mended(Fault fault) const { return mended_[static_cast<std::size_t>(fault)]; }
  std::int64_t mended() const;

  // MusicState::close(); nothing where unconstrained.
  void close(std::vector<events::Token>& tokens);

  const MusicState& state() const { return state_; }

 private:
  void take(std::span<const float> logits);
  void forbid_faults();
  bool has_finite() const;

  events::Vocabulary vocabulary_;
  bool unconstrained_, until_end_;
  MusicState state_;
  SoftControls controls_;
  Sampler sampler_;
  std::vector<float> logits_;  // [V]
  std::vector<Fault> faults_;  // [V], of each event as the next
  std::array<std::int64_t, kFaults> mended_{};
};

}  // namespace pno::infer
