#include "infer/shared_prefix.h"

#include <algorithm>
#include <atomic>
#include <limits>

namespace pno::infer {
namespace {

constexpr auto kNoEnd = std::numeric_limits<std::int64_t>::max();

std::uint64_t new_id() {
  static std::atomic<std::uint64_t> last_id = 0;
  return ++last_id;
}

}  // namespace

void SharedPrefix::reset() {
  count_ = 1;
  segments_.front() = {new_id(), kNoEnd};
}

void SharedPrefix::diverge_at(std::int64_t position) {
  while (count_ > 0 && begin_of(count_ - 1) >= position) --count_;
  if (count_ == kMaxSegments) {
    --count_;  // merged into the new segment
  } else if (count_ > 0) {
    segments_.at(count_ - 1).end = position;
  }
  segments_.at(count_++) = {new_id(), kNoEnd};
}

std::int64_t SharedPrefix::length(const SharedPrefix& other) const {
  std::int64_t positions = 0;
  for (std::size_t i = 0; i < std::min(count_, other.count_); ++i) {
    const Segment &mine = segments_.at(i), &theirs = other.segments_.at(i);
    if (mine.id != theirs.id) break;
    positions = std::min(mine.end, theirs.end);
    if (mine.end != theirs.end) break;
  }
  return positions;
}

}  // namespace pno::infer
