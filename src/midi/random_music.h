#pragma once

// Random notes and pedals for tests: close together, so that everything that can meet does meet.

#include <cstdint>

#include "base/random.h"
#include "midi/performance.h"

namespace pno::midi {

// Notes that overlap and are not sorted, with the lengths of their keys; pedals that do not.
inline Performance random_performance(std::uint64_t seed) {
  RandomStream random(seed, 0);
  constexpr std::uint64_t kChannelsUsed = 2, kPitches = 4, kSpan_us = 200, kLongest_us = 40;
  Performance performance;
  for (std::uint64_t i = random.below(60); i > 0; --i) {
    const auto length_us = static_cast<std::uint32_t>(1 + random.below(kLongest_us));
    performance.notes.push_back(
        {.start_us = static_cast<std::int64_t>(random.below(kSpan_us)),
         .length_us = length_us,
         .key_length_us = length_us,
         .pitch = static_cast<std::uint8_t>(60 + random.below(kPitches)),
         .velocity = static_cast<std::uint8_t>(1 + random.below(127)),
         .channel = static_cast<std::uint8_t>(random.below(kChannelsUsed))});
  }
  for (const auto kind : {Pedal::Kind::sustain, Pedal::Kind::sostenuto}) {
    for (std::uint8_t channel = 0; channel < kChannelsUsed; ++channel) {
      // Some of them adjoin: lifted and pressed at once.
      auto time_us = static_cast<std::int64_t>(random.below(kLongest_us));
      while (time_us < static_cast<std::int64_t>(kSpan_us)) {
        const auto end_us = time_us + 1 + static_cast<std::int64_t>(random.below(kLongest_us));
        performance.pedals.push_back({time_us, end_us, kind, channel});
        time_us = end_us + static_cast<std::int64_t>(random.below(kLongest_us));
      }
    }
  }
  return performance;
}

}  // namespace pno::midi
