#include "infer/lineage.h"

#include <algorithm>
#include <atomic>
#include <limits>

namespace pno::infer {
namespace {

constexpr auto kAllToCome = std::numeric_limits<std::int64_t>::max();

std::uint64_t new_name() {
  static std::atomic<std::uint64_t> names = 0;
  return ++names;
}

}  // namespace

void Lineage::begin_anew() {
  count_ = 1;
  runs_.front() = {new_name(), kAllToCome};
}

void Lineage::part_at(std::int64_t position) {
  while (count_ > 0 && begin_of(count_ - 1) >= position) --count_;
  if (count_ == kMostRuns) {
    --count_;  // what the last run shares is forgotten
  } else if (count_ > 0) {
    runs_.at(count_ - 1).end = position;
  }
  runs_.at(count_++) = {new_name(), kAllToCome};
}

std::int64_t Lineage::common(const Lineage& other) const {
  std::int64_t positions = 0;
  for (std::size_t run = 0; run < std::min(count_, other.count_); ++run) {
    const Run &mine = runs_.at(run), &theirs = other.runs_.at(run);
    if (mine.name != theirs.name) break;
    positions = std::min(mine.end, theirs.end);
    if (mine.end != theirs.end) break;
  }
  return positions;
}

}  // namespace pno::infer
