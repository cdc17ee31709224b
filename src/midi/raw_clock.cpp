#include "midi/raw_clock.h"

#include <algorithm>
#include <span>

#include "midi/big_endian.h"

namespace pno::midi {

std::vector<TempoChange> tempo_changes(const std::vector<std::vector<RawEvent>>& tracks) {
  std::vector<TempoChange> changes;
  for (const auto& track : tracks) {
    for (const auto& event : track) {
      if (!event.is_meta(kMetaTempo) || event.bytes.size() != 6) continue;
      const auto us = big_endian(std::span(event.bytes).subspan(3));
      if (us > 0) changes.push_back({event.tick, us});
    }
  }
  std::ranges::stable_sort(changes, {}, &TempoChange::tick);
  return changes;
}

std::int64_t first_tick_at(const TempoMap& map, std::int64_t time_us) {
  TickClock clock(map);
  std::int64_t low = 0, high = map.last_tick();
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (clock.time_us(middle) < time_us) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

double exact_tick(const TempoMap& map, std::int64_t time_us) {
  const std::int64_t after = first_tick_at(map, time_us);
  if (after == 0) return 0;
  const std::int64_t after_us = map.time_us(after), before_us = map.time_us(after - 1);
  const double part = after_us > before_us ? static_cast<double>(after_us - time_us) /
                                                 static_cast<double>(after_us - before_us)
                                           : 0;
  return static_cast<double>(after) - part;
}

}  // namespace pno::midi
