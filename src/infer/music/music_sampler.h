#pragma once

// From the logits of a model to the next event of a piece: invalid events are never drawn, END only
// at the end of a gap, and soft controls bias the rest. A drawn restrike or end of the piece is not
// invalid but early; the events that it needs come first (infer/music/detour.h).

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "events/vocabulary.h"
#include "infer/music/detour.h"
#include "infer/music/music_state.h"
#include "infer/music/sampler.h"
#include "infer/music/soft_controls.h"

namespace pno::infer {

struct DrawOptions {
  SamplerOptions sampler = {};
  MusicLimits limits = {};
  SoftControlOptions controls = {};
  bool unconstrained = false;  // the raw model: any event except BOS may be drawn
  bool until_end = false;      // EOS may be drawn; otherwise it never is

  // Returns an error if an option is out of range.
  Expected<void> validate() const;
};

class MusicSampler {
 public:
  // `options` are valid.
  MusicSampler(const events::Vocabulary& vocabulary, const DrawOptions& options, std::uint64_t seed,
               std::uint64_t stream = 0);

  // The next token of the piece, from a prime or drawn. Does not allocate.
  void read(events::Token token, events::Role role = events::Role::played) noexcept;

  // Replaces the options by other valid ones; the piece and the random stream continue. Controls
  // with a memory start from `recent`, the last events read, oldest first.
  void use(const DrawOptions& options, std::span<const events::Token> recent);

  // Takes the piece back to that of `earlier`, which has the same options; the random stream
  // continues. Does not allocate.
  void rewind_to(const MusicSampler& earlier);

  // Draws from logits [V]. A NOTE_ON for a sounding pitch, or with `until_end` an EOS while notes
  // sound, begins a detour: the NOTE_OFFs that it needs, if need be in the next step, then the
  // event itself, are the next draws, whatever their logits are. If the drawn event has another
  // Fault, draws again among the other events. An allowed event is therefore as likely as if the
  // invalid ones did not exist. Empty if no allowed event has a finite logit. Does not allocate.
  std::optional<events::Token> draw(std::span<const float> logits);

  // The logits that a draw uses: with the biases of the controls, -infinity for events that are not
  // allowed. If the likeliest event begins a detour, or in the middle of one, only the next event
  // of the detour is finite. For beam search. Valid until the next call. Does not allocate.
  std::span<const float> constrained_logits(std::span<const float> logits);

  // Draws that were repeated or became a detour, by the fault of the drawn event.
  std::int64_t mended(Fault fault) const { return mended_[static_cast<std::size_t>(fault)]; }
  std::int64_t mended() const;

  // MusicState::close(), unless unconstrained.
  void close(std::vector<events::Token>& tokens);

  const MusicState& state() const { return state_; }

 private:
  enum class Detours : std::uint8_t { forbidden, allowed };

  void load(std::span<const float> logits);
  void forbid_faults(Detours detours);
  bool has_finite() const;
  Detour detour_to(events::Token token) const noexcept;
  // The next event of the detour, if it does not need a draw.
  std::optional<events::Token> next_of_detour();
  void allow_only(events::Token token);

  events::Vocabulary vocabulary_;
  bool unconstrained_, until_end_;
  MusicState state_;
  SoftControls controls_;
  Sampler sampler_;
  std::vector<float> logits_;  // [V]
  std::vector<Fault> faults_;  // [V], of each event if it were the next
  std::array<std::int64_t, kFaults> mended_{};
  Detour detour_;                       // of the events read
  Detour next_detour_;                  // after the next event, if it is the drawn one
  std::optional<events::Token> drawn_;  // empty: any event that is allowed
};

}  // namespace pno::infer
