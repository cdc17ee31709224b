#include "infer/music/detour.h"

#include <algorithm>

namespace pno::infer {

using events::Kind;
using events::Token;
using events::Vocabulary;

Detour Detour::to(Token token, const Vocabulary& vocabulary, const MusicState& state) noexcept {
  const auto event = vocabulary.event(token);
  if (event.kind == Kind::note_on && state.can_restrike(event.value)) {
    return {Aim::restrike, event.value};
  }
  if (event.kind == Kind::eos && state.sounding_notes() > 0) return {Aim::end, /*pitch=*/0};
  return {};
}

std::optional<Token> Detour::next(const Vocabulary& vocabulary, const MusicState& state) noexcept {
  switch (aim_) {
    case Aim::restrike:
      return next_to_restrike(vocabulary, state);
    case Aim::end:
      return next_to_end(vocabulary, state);
    case Aim::none:
      break;
  }
  return std::nullopt;
}

bool Detour::ends_with(Token token, const Vocabulary& vocabulary) const noexcept {
  if (aim_ == Aim::restrike) return token == vocabulary.note_on(pitch_);
  return aim_ == Aim::end && token == vocabulary.eos();
}

std::optional<Token> Detour::next_to_restrike(const Vocabulary& vocabulary,
                                              const MusicState& state) noexcept {
  const auto allowed = [&](Token token) { return state.fault_of(token) == Fault::none; };
  if (!state.is_sounding(pitch_)) {
    if (allowed(vocabulary.note_on(pitch_))) return vocabulary.note_on(pitch_);
    aim_ = Aim::none;
    return std::nullopt;
  }
  if (allowed(vocabulary.note_off(pitch_))) return vocabulary.note_off(pitch_);
  // In this step NOTE_OFFs are over.
  if (allowed(vocabulary.time_shift(1))) return vocabulary.time_shift(1);
  return std::nullopt;
}

std::optional<Token> Detour::next_to_end(const Vocabulary& vocabulary,
                                         const MusicState& state) const noexcept {
  if (state.fault_of(vocabulary.eos()) == Fault::none) return vocabulary.eos();
  std::optional<Token> note_off;
  state.sounding().for_each([&](int pitch) {
    const Token token = vocabulary.note_off(pitch);
    if (!note_off && state.fault_of(token) == Fault::none) note_off = token;
  });
  if (note_off) return note_off;
  if (state.velocity_waits()) return std::nullopt;
  // Notes struck in this step sound for up to half a second.
  const auto half_a_second = std::max<std::int64_t>(vocabulary.steps_per_second / 2, 1);
  const auto steps = static_cast<int>(std::min(state.longest_shift(), half_a_second));
  if (steps > 0) return vocabulary.time_shift(steps);
  return std::nullopt;
}

}  // namespace pno::infer
