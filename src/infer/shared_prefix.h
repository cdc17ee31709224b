#pragma once

// Tracks the longest shared prefix of caches copied from one another, so that attention reads it
// once for all of them.

#include <array>
#include <cstddef>
#include <cstdint>

namespace pno::infer {

// The write history of one cache: segments of positions, each with an id that is unique in the
// process. Positions in equal segments of two caches hold the same keys and values. Does not
// allocate. Beyond kMaxSegments the newest segments are merged under a new id: a shared prefix may
// then be reported as shorter than it is, never as longer.
class SharedPrefix {
 public:
  SharedPrefix() { reset(); }

  // The cache is empty and will be written from position 0.
  void reset();
  // Positions from `position` on will be written again, by this cache only.
  void diverge_at(std::int64_t position);
  // Positions 0 … length(other) - 1 are the same in both.
  std::int64_t length(const SharedPrefix& other) const;

 private:
  static constexpr std::size_t kMaxSegments = 8;
  struct Segment {
    std::uint64_t id = 0;
    std::int64_t end = 0;  // one past its last position; the last segment has no end
  };
  std::int64_t begin_of(std::size_t segment) const {
    return segment == 0 ? 0 : segments_.at(segment - 1).end;
  }

  std::array<Segment, kMaxSegments> segments_;
  std::size_t count_ = 0;
};

}  // namespace pno::infer
