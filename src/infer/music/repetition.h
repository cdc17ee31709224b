#pragma once

// A penalty on repeated sequences of pitches. If the last l notes followed by a pitch p were played
// before within the window, a NOTE_ON of p loses penalty · min(l, kMaxMatch) from its logit. A
// pitch alone (l = 0) has no penalty: music may repeat its notes, but not their order. Only the
// constructor allocates.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "events/vocabulary.h"

namespace pno::infer {

class RepetitionPenalty {
 public:
  static constexpr int kMaxMatch = 16;

  // penalty >= 0; window >= 1, in notes
  RepetitionPenalty(const events::Vocabulary& vocabulary, double penalty, int window);

  void read(events::Token token) noexcept;

  // The number of notes before a NOTE_ON of `pitch` that it would repeat together with it.
  int match(int pitch) const noexcept { return match_[static_cast<std::size_t>(pitch)]; }

  double penalty(int pitch) const noexcept { return penalty_ * match(pitch); }

 private:
  struct Played {
    std::uint8_t pitch = 0;
    int match = 0;  // number of notes up to this one that equal the last notes played
  };

  events::Vocabulary vocabulary_;
  double penalty_;
  std::vector<Played> played_;  // the last notes, a ring
  std::size_t size_ = 0, next_ = 0;
  std::array<int, 128> match_{};  // by pitch
};

}  // namespace pno::infer
