#include "corpus/prepare/filters.h"

#include <algorithm>
#include <bitset>
#include <cstdlib>

#include "base/number_text.h"

namespace pno::corpus {
namespace {

constexpr double kMicrosecondsPerSecond = 1e6;

std::int64_t end_us(const events::PlainNote& note) {
  return note.start_us + note.length_us;
}

std::int64_t last_end_us(std::span<const events::PlainNote> notes) {
  std::int64_t end = 0;
  for (const auto& note : notes) end = std::max(end, end_us(note));
  return end;
}

std::size_t distinct_pitches(std::span<const events::PlainNote> notes) {
  std::bitset<256> seen;
  for (const auto& note : notes) seen.set(note.pitch);
  return seen.count();
}

bool has_one_velocity(std::span<const events::PlainNote> notes) {
  return std::ranges::all_of(
      notes, [&](const auto& note) { return note.velocity == notes.front().velocity; });
}

}  // namespace

double silent_share(std::span<const events::PlainNote> notes) {
  std::int64_t silent_us = 0, sounded_until_us = notes.front().start_us;
  for (const auto& note : notes) {
    silent_us += std::max<std::int64_t>(note.start_us - sounded_until_us, 0);
    sounded_until_us = std::max(sounded_until_us, end_us(note));
  }
  const std::int64_t length_us = sounded_until_us - notes.front().start_us;
  return static_cast<double>(silent_us) / static_cast<double>(std::max<std::int64_t>(length_us, 1));
}

// Euclid's algorithm over the gaps between starts, with a tolerance: times are rounded to whole
// microseconds, and a remainder grows by that much for each step that the gap spans.
bool on_one_grid(std::span<const events::PlainNote> notes) {
  constexpr std::int64_t kFinestGridUs = 10'000, kToleranceUs = 500;
  std::int64_t step_us = 0;
  for (std::size_t i = 1; i < notes.size(); ++i) {
    std::int64_t gap_us = notes[i].start_us - notes[i - 1].start_us;
    if (gap_us <= kToleranceUs) continue;
    if (step_us == 0) std::swap(step_us, gap_us);
    while (gap_us > kToleranceUs) {
      if (gap_us < step_us) std::swap(step_us, gap_us);
      if (step_us < kFinestGridUs) return false;
      gap_us %= step_us;
      gap_us = std::min(gap_us, step_us - gap_us);
    }
  }
  return step_us >= kFinestGridUs;
}

std::int64_t densest_second(std::span<const events::PlainNote> notes) {
  std::size_t most = 0, first = 0;
  for (std::size_t last = 0; last < notes.size(); ++last) {
    while (notes[last].start_us - notes[first].start_us >= 1'000'000) ++first;
    most = std::max(most, last - first + 1);
  }
  return static_cast<std::int64_t>(most);
}

std::string filter_reason(std::span<const events::PlainNote> notes, const Filters& filters) {
  const double length_s = static_cast<double>(last_end_us(notes)) / kMicrosecondsPerSecond;
  if (length_s < filters.min_seconds) {
    return fmt::format("lasts {:.1f} s, less than the {} s asked for", length_s,
                       filters.min_seconds);
  }
  if (static_cast<std::int64_t>(notes.size()) < filters.min_notes) {
    return fmt::format("has {}, fewer than the {} asked for", counted(notes.size(), "note"),
                       filters.min_notes);
  }
  if (filters.max_silence < 1) {
    const double share = silent_share(notes);
    if (share > filters.max_silence) {
      return fmt::format("is silent for {:.0f} % of its time, more than the {:.0f} % allowed",
                         100 * share, 100 * filters.max_silence);
    }
  }
  if (filters.min_pitches > 0) {
    const std::size_t pitches = distinct_pitches(notes);
    if (pitches < static_cast<std::size_t>(filters.min_pitches)) {
      return fmt::format("has {} different pitches, fewer than the {} asked for", pitches,
                         filters.min_pitches);
    }
  }
  if (filters.performances_only) {
    if (has_one_velocity(notes)) return "is not a performance: all notes have one velocity";
    if (on_one_grid(notes)) return "is not a performance: all notes start on one grid";
  }
  return {};
}

}  // namespace pno::corpus
