#pragma once

// Notices a passage that is played again and again. A passage is 1 … kLongestPassage notes; it is
// repeated if notes of the same pitches in the same order follow it, at whatever time. Does not
// allocate, lock or throw.

#include <array>
#include <cstddef>
#include <cstdint>

#include "events/pitch_set.h"

namespace pno::infer {

class LoopWatch {
 public:
  static constexpr std::size_t kLongestPassage = 32;  // notes

  // The next note of the piece.
  void strike(int pitch) noexcept {
    for (std::size_t length = 1; length <= kLongestPassage; ++length) {
      const bool repeats = notes_ >= static_cast<std::int64_t>(length) && before(length) == pitch;
      repeated_[length] = repeats ? repeated_[length] + 1 : 0;
    }
    ring_[static_cast<std::size_t>(notes_) % kRing] = static_cast<std::uint8_t>(pitch);
    ++notes_;
  }

  // The pitches whose NOTE_ON would begin to play a passage more than `most_times` (>= 1) times in
  // a row.
  events::PitchSet beyond(int most_times) const noexcept {
    events::PitchSet pitches;
    for (std::size_t length = 1; length <= kLongestPassage; ++length) {
      const auto notes_of_passage = static_cast<std::int64_t>(length);
      // The first time is not a repetition, so it is not in repeated_.
      const bool is_over = repeated_[length] >= (most_times - 1) * notes_of_passage;
      if (is_over && notes_ >= notes_of_passage) pitches.insert(before(length));
    }
    return pitches;
  }

 private:
  static constexpr std::size_t kRing = 64;  // notes

  // The pitch of the note that comes `length` notes before the next one.
  int before(std::size_t length) const noexcept {
    return ring_[(static_cast<std::size_t>(notes_) - length) % kRing];
  }

  std::array<std::uint8_t, kRing> ring_{};
  // By length: the number of the last notes that have the pitch of the note `length` before them.
  std::array<std::int64_t, kLongestPassage + 1> repeated_{};
  std::int64_t notes_ = 0;
};

}  // namespace pno::infer
