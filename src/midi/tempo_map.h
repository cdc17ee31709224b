#pragma once

// Ticks of a MIDI file to microseconds, exactly: a time is the sum of ticks times their length as
// a fraction whose denominator is the same throughout the file, and is rounded once, to the nearest
// microsecond (a half rounds up). So errors do not add up over tempo changes.

#include <cstdint>
#include <span>
#include <vector>

namespace pno::midi {

// The length of a tick: (numerator / denominator) microseconds. The numerator is the tempo in
// microseconds per quarter note, or fixed for SMPTE.
struct Division {
  std::int64_t denominator = 1;
  std::int64_t fixed_numerator = 0;  // 0 if ticks count parts of a quarter note
  int per_quarter = 0;               // 0 for SMPTE
  double smpte_ticks_per_s = 0;      // 0 for quarter notes

  static Division ticks_per_quarter(int ticks);
  // 24, 25, 29 (drop frame: 30000/1001) or 30 frames a second.
  static Division smpte(int frames_per_s, int ticks_per_frame);
};

struct TempoChange {
  std::int64_t tick = 0;
  std::int64_t us_per_quarter = 0;  // 1 .. 2^24 - 1
};

inline constexpr std::int64_t kDefaultUsPerQuarter = 500'000;

// Times beyond this one, two years, are not computed: they could overflow.
inline constexpr std::int64_t kLongestTimeUs = std::int64_t{1} << 46;

class TempoMap {
 public:
  // `changes` sorted by tick; of several at one tick the last holds. `max_us` <= kLongestTimeUs.
  TempoMap(const Division& division, std::span<const TempoChange> changes, std::int64_t max_us);

  // The last tick that is not after max_us; no greater one may be asked for.
  std::int64_t last_tick() const { return last_tick_; }

  // 0 <= tick <= last_tick()
  std::int64_t time_us(std::int64_t tick) const;

 private:
  friend class TickClock;

  // From `tick` on, until the next segment.
  struct Segment {
    std::int64_t tick;
    std::int64_t time;       // in microseconds, times the denominator
    std::int64_t tick_time;  // of one tick, likewise
  };
  std::int64_t rounded_us(const Segment& segment, std::int64_t tick) const {
    const auto time =
        static_cast<std::uint64_t>(segment.time + (tick - segment.tick) * segment.tick_time);
    return static_cast<std::int64_t>((time + denominator_ / 2) / denominator_);
  }

  std::vector<Segment> segments_;
  std::uint64_t denominator_;
  std::int64_t last_tick_;
};

// The times of successive ticks. Remembers the segment of the last tick, so that ticks in nearly
// ascending order are fast; at most a binary search for each.
class TickClock {
 public:
  explicit TickClock(const TempoMap& map) : map_(map) { enter(0); }
  std::int64_t time_us(std::int64_t tick) {
    if (tick < segment_.tick || tick >= next_tick_) find(tick);
    return map_.rounded_us(segment_, tick);
  }

 private:
  void enter(std::size_t segment);
  void find(std::int64_t tick);

  const TempoMap& map_;
  TempoMap::Segment segment_{};
  std::int64_t next_tick_ = 0;  // where the next segment begins
};

}  // namespace pno::midi
