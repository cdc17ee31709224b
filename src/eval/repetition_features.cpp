#include "eval/repetition_features.h"

#include <algorithm>
#include <bitset>

namespace pno::eval {
namespace {

constexpr std::int64_t kSecond_us = 1'000'000;
constexpr std::size_t kLongestPattern = 8, kTimesInLoop = 4, kFewestInLoop = 12;

double share(std::int64_t count, Notes notes) {
  return notes.empty() ? 0 : static_cast<double>(count) / static_cast<double>(notes.size());
}

}  // namespace

std::array<double, kRepetitionLags_s.size()> repetition_by_lag(const Excerpt& excerpt) {
  std::array<double, kRepetitionLags_s.size()> result{};
  if (excerpt.notes.empty()) return result;
  std::vector<std::bitset<128>> seconds(
      static_cast<std::size_t>(excerpt.notes.back().start_us / kSecond_us + 1));
  for (const auto& note : excerpt.notes) {
    seconds[static_cast<std::size_t>(note.start_us / kSecond_us)].set(note.pitch & 127U);
  }
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto lag = static_cast<std::size_t>(kRepetitionLags_s[i]);
    double sum = 0;
    int pairs = 0;
    for (std::size_t later = lag; later < seconds.size(); ++later) {
      const auto either = (seconds[later - lag] | seconds[later]).count();
      if (either == 0) continue;
      const auto both = (seconds[later - lag] & seconds[later]).count();
      sum += static_cast<double>(both) / static_cast<double>(either);
      ++pairs;
    }
    if (pairs > 0) result[i] = sum / pairs;
  }
  return result;
}

std::int64_t count_restrikes(Notes notes) {
  std::array<std::int64_t, 128> struck_us;
  struck_us.fill(-kRestrike_us);
  std::int64_t count = 0;
  for (const auto& note : notes) {
    auto& before_us = struck_us[note.pitch & 127U];
    if (note.start_us - before_us < kRestrike_us) ++count;
    before_us = note.start_us;
  }
  return count;
}

std::int64_t count_drones(Notes notes) {
  return std::ranges::count_if(
      notes, [](const events::PlainNote& note) { return note.length_us >= kDrone_us; });
}

std::int64_t count_loop_notes(Notes notes) {
  std::vector<bool> in_loop(notes.size());
  for (std::size_t period = 1; period <= kLongestPattern; ++period) {
    const std::size_t fewest = std::max(kTimesInLoop * period, kFewestInLoop);
    // A run of notes, each of which has the pitch of the note a period before.
    for (std::size_t first = 0; first + period < notes.size();) {
      std::size_t end = first + period;
      while (end < notes.size() && notes[end].pitch == notes[end - period].pitch) ++end;
      if (end - first >= fewest) {
        for (auto i = first; i < end; ++i) in_loop[i] = true;
      }
      first = std::max(end - period, first) + 1;
    }
  }
  return std::count(in_loop.begin(), in_loop.end(), true);
}

double restrikes_per_thousand(Notes notes) {
  return 1000 * share(count_restrikes(notes), notes);
}

double drones_per_thousand(Notes notes) {
  return 1000 * share(count_drones(notes), notes);
}

double loop_share(Notes notes) {
  return share(count_loop_notes(notes), notes);
}

}  // namespace pno::eval
