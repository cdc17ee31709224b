#include "eval/note_measures.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "events/pitch_set.h"
#include "infer/music/loop_watch.h"
#include "infer/music/music_state.h"

namespace pno::eval {
namespace {

using events::PlainNote;
using PitchClasses = std::array<double, 12>;

// Krumhansl and Kessler (1982): how well each degree fits a major and a minor key.
constexpr PitchClasses kMajor = {6.35, 2.23, 3.48, 2.33, 4.38, 4.09,
                                 2.52, 5.19, 2.39, 3.66, 2.29, 2.88};
constexpr PitchClasses kMinor = {6.33, 2.68, 3.52, 5.38, 2.60, 3.53,
                                 2.54, 4.75, 3.98, 2.69, 3.34, 3.17};

// The correlation of `weights` with a profile whose tonic is `tonic`.
double correlation(const PitchClasses& weights, const PitchClasses& profile, std::size_t tonic) {
  const auto mean = [](const PitchClasses& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / 12;
  };
  const double weight_mean = mean(weights), profile_mean = mean(profile);
  double both = 0, weight_squares = 0, profile_squares = 0;
  for (std::size_t i = 0; i < 12; ++i) {
    const double w = weights[(i + tonic) % 12] - weight_mean, p = profile[i] - profile_mean;
    both += w * p;
    weight_squares += w * w;
    profile_squares += p * p;
  }
  return weight_squares > 0 ? both / std::sqrt(weight_squares * profile_squares) : 0;
}

// Calls `visit` with the notes that begin in each window, from the first note to the window of the
// last one.
template <class Visit>
void for_each_window(std::span<const PlainNote> notes, std::int64_t length_us, Visit&& visit) {
  std::size_t first = 0;
  while (first < notes.size()) {
    const auto index = (notes[first].start_us - notes.front().start_us) / length_us;
    const auto end_us = notes.front().start_us + (index + 1) * length_us;
    std::size_t last = first;
    while (last < notes.size() && notes[last].start_us < end_us) ++last;
    visit(notes.subspan(first, last - first));
    first = last;
  }
}

bool is_trill(std::span<const PlainNote> notes) {
  if (std::ssize(notes) < kTrillNotes) return false;
  events::PitchSet pitches;
  int count = 0;
  for (const auto& note : notes) {
    if (!pitches.contains(note.pitch)) ++count;
    pitches.insert(note.pitch);
  }
  return count <= kTrillPitches;
}

void measure_lengths(std::span<const PlainNote> notes, NoteMeasures& measures) {
  for (const auto& note : notes) {
    const std::int64_t length_us = note.length_us;
    if (length_us >= kDrone_us) ++measures.drones;
    if (length_us < kShortNote_us) ++measures.short_notes;
    const auto edge = std::upper_bound(kLengthEdges_us.begin(), kLengthEdges_us.end(), length_us);
    ++measures.lengths.at(static_cast<std::size_t>(edge - kLengthEdges_us.begin()));
  }
}

void measure_restrikes(std::span<const PlainNote> notes, NoteMeasures& measures) {
  std::array<std::int64_t, 128> struck_us{};
  struck_us.fill(-kQuickRestrike_us - 1);
  for (const auto& note : notes) {
    auto& before = struck_us.at(note.pitch);
    if (note.start_us - before <= kQuickRestrike_us) ++measures.quick_restrikes;
    before = note.start_us;
  }
}

void measure_repetition(std::span<const PlainNote> notes, NoteMeasures& measures) {
  static_assert(kRepeatedPitches == 8, "a run of pitches is packed into 64 bits");
  std::unordered_set<std::uint64_t> heard;
  std::uint64_t run = 0;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    run = run << 8 | notes[i].pitch;
    if (i + 1 < kRepeatedPitches) continue;
    ++measures.repeatable_notes;
    if (!heard.insert(run).second) ++measures.repetitions;
  }
}

void measure_loops(std::span<const PlainNote> notes, NoteMeasures& measures) {
  const int most_times = infer::MusicLimits().longest_loop;
  infer::LoopWatch loops;
  for (const auto& note : notes) {
    if (loops.beyond(most_times).contains(note.pitch)) ++measures.loop_notes;
    loops.strike(note.pitch);
  }
}

}  // namespace

void NoteMeasures::add(const NoteMeasures& other) {
  pieces += other.pieces;
  notes += other.notes;
  seconds += other.seconds;
  drones += other.drones;
  short_notes += other.short_notes;
  quick_restrikes += other.quick_restrikes;
  windows += other.windows;
  trills += other.trills;
  repeatable_notes += other.repeatable_notes;
  repetitions += other.repetitions;
  loop_notes += other.loop_notes;
  key_windows += other.key_windows;
  key_fit_sum += other.key_fit_sum;
  for (std::size_t i = 0; i < lengths.size(); ++i) lengths.at(i) += other.lengths.at(i);
}

NoteMeasures measure_notes(std::span<const PlainNote> notes) {
  NoteMeasures measures;
  measures.pieces = 1;
  measures.notes = std::ssize(notes);
  if (notes.empty()) return measures;
  std::int64_t end_us = 0;
  for (const auto& note : notes) end_us = std::max(end_us, note.start_us + note.length_us);
  measures.seconds = static_cast<double>(end_us - notes.front().start_us) / 1e6;
  measure_lengths(notes, measures);
  measure_restrikes(notes, measures);
  measure_repetition(notes, measures);
  measure_loops(notes, measures);
  for_each_window(notes, kTrillWindow_us, [&](std::span<const PlainNote> window) {
    ++measures.windows;
    if (is_trill(window)) ++measures.trills;
  });
  for_each_window(notes, kKeyWindow_us, [&](std::span<const PlainNote> window) {
    if (std::ssize(window) < kKeyNotes) return;
    ++measures.key_windows;
    measures.key_fit_sum += key_fit(window);
  });
  return measures;
}

double key_fit(std::span<const PlainNote> notes) {
  constexpr std::uint32_t kMostWeight_us = 2'000'000;
  PitchClasses weights{};
  for (const auto& note : notes) {
    weights.at(note.pitch % 12) += std::min(note.length_us, kMostWeight_us);
  }
  if (notes.empty()) return 0;
  double best = -1;
  for (std::size_t tonic = 0; tonic < 12; ++tonic) {
    best =
        std::max({best, correlation(weights, kMajor, tonic), correlation(weights, kMinor, tonic)});
  }
  return best;
}

}  // namespace pno::eval
