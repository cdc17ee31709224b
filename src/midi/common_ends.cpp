#include "midi/common_ends.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/error.h"

namespace pno::midi {
namespace {

constexpr std::int64_t kShortestKey_us = 100'000;
// A key that is shortened by less stays as it is.
constexpr std::int64_t kLeastGain_us = 100'000;
constexpr std::size_t kLeastKeys = 2;  // under a pedal

}  // namespace

std::int64_t pedal_common_ends(Performance& performance, std::int64_t grain_us) {
  PNO_CHECK(grain_us > 0 && performance.pedals.empty(), "a performance without pedals is needed");
  auto& notes = performance.notes;
  std::set<std::pair<std::int64_t, std::uint8_t>> strikes;
  for (const Note& note : notes) strikes.insert({note.start_us, note.pitch});
  // A pedal does not prolong a note that ends because its pitch is struck again.
  std::map<std::int64_t, std::vector<Note*>> ends;
  for (Note& note : notes) {
    if (!strikes.contains({note.end_us(), note.pitch})) ends[note.end_us()].push_back(&note);
  }
  const std::int64_t shortest_us = (kShortestKey_us + grain_us - 1) / grain_us * grain_us;
  std::int64_t shortened = 0;
  std::int64_t down_us = 0;  // the earliest time at which the pedal may go down
  for (const auto& [end_us, ended] : ends) {
    std::vector<std::pair<Note*, std::int64_t>> releases;
    for (Note* note : ended) {
      const std::int64_t release_us = std::max(note->start_us + shortest_us, down_us);
      if (release_us + kLeastGain_us <= end_us) releases.push_back({note, release_us});
    }
    if (releases.size() >= kLeastKeys) {
      for (const auto& [note, release_us] : releases) {
        note->key_length_us = static_cast<std::uint32_t>(release_us - note->start_us);
      }
      shortened += std::ssize(releases);
      performance.pedals.push_back({.start_us = down_us, .end_us = end_us});
    }
    down_us = end_us + grain_us;
  }
  return shortened;
}

}  // namespace pno::midi
