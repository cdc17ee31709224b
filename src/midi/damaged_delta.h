#pragma once

// Delta times that are not music: all readers of a track count one of a day or more as a quarter
// note.

#include <algorithm>
#include <cstdint>

#include "midi/tempo_map.h"

namespace pno::midi {

class DamagedDelta {
 public:
  explicit DamagedDelta(const Division& division)
      : most_ticks_(ticks_in(kMost_us, division)),
        quarter_ticks_(ticks_in(kDefaultUsPerQuarter, division)) {}

  bool is_damaged(std::uint32_t delta) const { return delta >= most_ticks_; }
  // The ticks that a delta counts.
  std::int64_t ticks(std::uint32_t delta) const {
    return is_damaged(delta) ? quarter_ticks_ : delta;
  }

 private:
  static constexpr std::int64_t kMost_us = 86'400'000'000;

  static std::int64_t ticks_in(std::int64_t time_us, const Division& division) {
    const std::int64_t tick_time =
        division.fixed_numerator != 0 ? division.fixed_numerator : kDefaultUsPerQuarter;
    return std::max<std::int64_t>(time_us * division.denominator / tick_time, 1);
  }

  std::int64_t most_ticks_, quarter_ticks_;
};

}  // namespace pno::midi
