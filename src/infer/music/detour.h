#pragma once

// The way to an event that the grammar does not allow yet: a restrike, which needs a NOTE_OFF of
// its pitch first, and the end of a piece, which needs the NOTE_OFFs of all sounding notes first.
// Does not allocate, lock or throw.

#include <cstdint>
#include <optional>

#include "events/vocabulary.h"
#include "infer/music/music_state.h"

namespace pno::infer {

class Detour {
 public:
  Detour() = default;  // to nowhere

  // The way to a drawn event with a fault; to nowhere if there is none.
  static Detour to(events::Token token, const events::Vocabulary& vocabulary,
                   const MusicState& state) noexcept;

  bool exists() const noexcept { return aim_ != Aim::none; }

  // The next event of the way. Empty if the model must draw one first: a VELOCITY waits for its
  // NOTE_ON, or another note is due to end. Also empty, and exists() becomes false, if the aim
  // cannot be reached any more.
  std::optional<events::Token> next(const events::Vocabulary& vocabulary,
                                    const MusicState& state) noexcept;

  // Whether `token` is the aim.
  bool ends_with(events::Token token, const events::Vocabulary& vocabulary) const noexcept;

 private:
  enum class Aim : std::uint8_t { none, restrike, end };
  Detour(Aim aim, int pitch) : aim_(aim), pitch_(pitch) {}

  std::optional<events::Token> next_to_restrike(const events::Vocabulary& vocabulary,
                                                const MusicState& state) noexcept;
  std::optional<events::Token> next_to_end(const events::Vocabulary& vocabulary,
                                           const MusicState& state) const noexcept;

  Aim aim_ = Aim::none;
  int pitch_ = 0;  // of the restrike
};

}  // namespace pno::infer
