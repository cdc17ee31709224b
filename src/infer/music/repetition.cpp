#include "infer/music/repetition.h"

#include <algorithm>

namespace pno::infer {

RepetitionPenalty::RepetitionPenalty(const events::Vocabulary& vocabulary, double penalty,
                                     int window)
    : vocabulary_(vocabulary), penalty_(penalty), played_(static_cast<std::size_t>(window)) {
  PNO_CHECK(penalty >= 0 && window >= 1, "the repetition penalty or its window is out of range");
}

void RepetitionPenalty::read(events::Token token) noexcept {
  const auto event = vocabulary_.event(token);
  if (event.kind != events::Kind::note_on) return;
  const auto pitch = static_cast<std::uint8_t>(event.value);
  const std::size_t window = played_.size();
  const std::size_t oldest = size_ < window ? 0 : next_;

  // A note that equals the new one extends the match of the note before it; others have none. From
  // the oldest on, `before` is the old match of the note before.
  match_.fill(0);
  int before = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    auto& note = played_[(oldest + i) % window];
    const int match = note.pitch == pitch ? std::min(before + 1, kMaxMatch) : 0;
    before = note.match;
    note.match = match;
  }
  if (size_ < window) ++size_;
  played_[next_] = {pitch, 0};
  next_ = (next_ + 1) % window;

  const std::size_t first = size_ < window ? 0 : next_;
  for (std::size_t i = 0; i + 1 < size_; ++i) {
    const int match = played_[(first + i) % window].match;
    const int in_window = std::min(match, static_cast<int>(i) + 1);
    auto& longest = match_[played_[(first + i + 1) % window].pitch];
    longest = std::max(longest, in_window);
  }
}

}  // namespace pno::infer
