#include "midi/tempo_map.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace pno::midi {

Division Division::ticks_per_quarter(int ticks) {
  return {.denominator = ticks, .per_quarter = ticks};
}

Division Division::smpte(int frames_per_s, int ticks_per_frame) {
  constexpr int kDropFrame = 29;
  if (frames_per_s == kDropFrame) {  // 1001 / (30000 ticks_per_frame) seconds a tick
    return {.denominator = 3LL * ticks_per_frame,
            .fixed_numerator = 100'100,
            .smpte_ticks_per_s = ticks_per_frame * 30000.0 / 1001.0};
  }
  return {.denominator = static_cast<std::int64_t>(frames_per_s) * ticks_per_frame,
          .fixed_numerator = 1'000'000,
          .smpte_ticks_per_s = static_cast<double>(frames_per_s) * ticks_per_frame};
}

TempoMap::TempoMap(const Division& division, std::span<const TempoChange> changes,
                   std::int64_t max_us)
    : denominator_(static_cast<std::uint64_t>(division.denominator)) {
  PNO_CHECK(max_us >= 0 && max_us <= kLongestTimeUs, "a time limit that could overflow");
  const std::int64_t max_time = max_us * division.denominator;
  const bool by_tempo = division.fixed_numerator == 0;
  segments_.push_back({0, 0, by_tempo ? kDefaultUsPerQuarter : division.fixed_numerator});
  const auto reach = [&](const Segment& s) { return s.tick + (max_time - s.time) / s.tick_time; };
  if (by_tempo) {
    for (const TempoChange& change : changes) {
      Segment& last = segments_.back();
      if (change.tick > reach(last)) break;
      if (change.tick == last.tick) {
        last.tick_time = change.us_per_quarter;
      } else {
        segments_.push_back({change.tick, last.time + (change.tick - last.tick) * last.tick_time,
                             change.us_per_quarter});
      }
    }
  }
  last_tick_ = reach(segments_.back());
}

std::int64_t TempoMap::time_us(std::int64_t tick) const {
  return TickClock(*this).time_us(tick);
}

void TickClock::enter(std::size_t segment) {
  segment_ = map_.segments_[segment];
  const bool is_last = segment + 1 == map_.segments_.size();
  next_tick_ =
      is_last ? std::numeric_limits<std::int64_t>::max() : map_.segments_[segment + 1].tick;
}

void TickClock::find(std::int64_t tick) {
  const auto& segments = map_.segments_;
  const auto after =
      std::upper_bound(segments.begin(), segments.end(), tick,
                       [](std::int64_t t, const TempoMap::Segment& s) { return t < s.tick; });
  enter(static_cast<std::size_t>(after - segments.begin()) - 1);
}

}  // namespace pno::midi
