#pragma once

// A penalty on going round in circles. What repeats is a run of pitches: where the last l notes,
// followed by a pitch p, were played before within the window, a NOTE_ON of p would repeat a run of
// l notes and loses penalty · min(l, kLongestRun) from its logit. A pitch that only came before
// (l = 0) loses nothing: music returns to its notes, and may, but need not return to their order.
// Takes no memory after it is made, for real-time threads.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "events/vocabulary.h"

namespace pno::infer {

class RepetitionPenalty {
 public:
  static constexpr int kLongestRun = 16;

  // penalty >= 0; window: notes that are remembered, at least 1
  RepetitionPenalty(const events::Vocabulary& vocabulary, double penalty, int window);

  void read(events::Token token) noexcept;

  // Of a NOTE_ON of `pitch` as the next: the notes of the longest run that it would go on with.
  int run(int pitch) const noexcept { return run_[static_cast<std::size_t>(pitch)]; }

  double penalty(int pitch) const noexcept { return penalty_ * run(pitch); }

 private:
  struct Heard {
    std::uint8_t pitch = 0;
    int match = 0;  // notes up to this one that are also the last ones, in their order
  };

  events::Vocabulary vocabulary_;
  double penalty_;
  std::vector<Heard> heard_;  // the last notes: a ring
  std::size_t size_ = 0, next_ = 0;
  std::array<int, 128> run_{};
};

}  // namespace pno::infer
