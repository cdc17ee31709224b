#pragma once

// Which positions of a cache hold the same as another's, as one was copied from the other or both
// from a third: so that what they share is read once for both.

#include <array>
#include <cstddef>
#include <cstdint>

namespace pno::infer {

// A cache's positions as runs that were written in one go, each with a name of its own. Takes no
// memory. Where there are more runs than are kept, the last ones lose what they have in common with
// others; nothing that is not the same is ever taken for it.
class Lineage {
 public:
  Lineage() { begin_anew(); }

  void begin_anew();
  // What comes from `position` on is written anew, and by nobody else.
  void part_at(std::int64_t position);
  // The positions 0 … common(other) - 1 are the same in both.
  std::int64_t common(const Lineage& other) const;

 private:
  static constexpr std::size_t kMostRuns = 8;
  struct Run {
    std::uint64_t name = 0;
    std::int64_t end = 0;  // behind its last position; of the last run: all to come
  };
  std::int64_t begin_of(std::size_t run) const { return run == 0 ? 0 : runs_.at(run - 1).end; }

  std::array<Run, kMostRuns> runs_;
  std::size_t count_ = 0;
};

}  // namespace pno::infer
