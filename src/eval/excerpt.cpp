#include "eval/excerpt.h"

#include <algorithm>

namespace pno::eval {

Excerpt excerpt_of(Notes notes, std::int64_t from_us, std::int64_t length_us) {
  const auto first =
      std::ranges::lower_bound(notes, from_us, std::less{}, &events::PlainNote::start_us);
  Excerpt excerpt;
  if (first == notes.end()) return excerpt;
  const std::int64_t origin_us = first->start_us;
  std::int64_t last_end_us = 0;
  for (auto note = first; note != notes.end() && note->start_us < origin_us + length_us; ++note) {
    auto moved = *note;
    moved.start_us -= origin_us;
    const std::int64_t left_us = length_us - moved.start_us;
    last_end_us = std::max(last_end_us, moved.start_us + moved.length_us);
    if (moved.length_us > left_us) moved.length_us = static_cast<std::uint32_t>(left_us);
    excerpt.notes.push_back(moved);
  }
  const auto taken = static_cast<std::ptrdiff_t>(excerpt.notes.size());
  const bool is_at_end = notes.end() - first == taken;
  excerpt.length_us = is_at_end ? std::min(last_end_us, length_us) : length_us;
  return excerpt;
}

}  // namespace pno::eval
