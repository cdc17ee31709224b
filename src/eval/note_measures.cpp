#include "eval/note_measures.h"

#include <algorithm>
#include <unordered_set>

#include "eval/pitch_features.h"
#include "events/pitch_set.h"

namespace pno::eval {
namespace {

using events::PlainNote;

// Calls `visit` with the notes that begin in each window, from the first note to the window of the
// last one.
template <class Visit>
void for_each_window(Notes notes, std::int64_t length_us, Visit&& visit) {
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

bool is_trill(Notes notes) {
  if (std::ssize(notes) < kTrillNotes) return false;
  events::PitchSet pitches;
  int count = 0;
  for (const auto& note : notes) {
    if (!pitches.contains(note.pitch)) ++count;
    pitches.insert(note.pitch);
  }
  return count <= kTrillPitches;
}

void measure_lengths(Notes notes, NoteMeasures& measures) {
  for (const auto& note : notes) {
    const std::int64_t length_us = note.length_us;
    if (length_us < kShortNote_us) ++measures.short_notes;
    const auto edge = std::upper_bound(kLengthEdges_us.begin(), kLengthEdges_us.end(), length_us);
    ++measures.lengths.at(static_cast<std::size_t>(edge - kLengthEdges_us.begin()));
  }
}

void measure_repetition(Notes notes, NoteMeasures& measures) {
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

}  // namespace

void NoteMeasures::add(const NoteMeasures& other) {
  pieces += other.pieces;
  notes += other.notes;
  seconds += other.seconds;
  drones += other.drones;
  short_notes += other.short_notes;
  restrikes += other.restrikes;
  windows += other.windows;
  trills += other.trills;
  repeatable_notes += other.repeatable_notes;
  repetitions += other.repetitions;
  loop_notes += other.loop_notes;
  key_windows += other.key_windows;
  key_fit_sum += other.key_fit_sum;
  for (std::size_t i = 0; i < lengths.size(); ++i) lengths.at(i) += other.lengths.at(i);
}

NoteMeasures measure_notes(Notes notes) {
  NoteMeasures measures;
  measures.pieces = 1;
  measures.notes = std::ssize(notes);
  if (notes.empty()) return measures;
  std::int64_t end_us = 0;
  for (const auto& note : notes) end_us = std::max(end_us, note.start_us + note.length_us);
  measures.seconds = static_cast<double>(end_us - notes.front().start_us) / 1e6;
  measures.restrikes = count_restrikes(notes);
  measures.drones = count_drones(notes);
  measures.loop_notes = count_loop_notes(notes);
  measure_lengths(notes, measures);
  measure_repetition(notes, measures);
  for_each_window(notes, kTrillWindow_us, [&](Notes window) {
    ++measures.windows;
    if (is_trill(window)) ++measures.trills;
  });
  for_each_window(notes, kKeyWindow_us, [&](Notes window) {
    if (std::ssize(window) < kKeyNotes) return;
    ++measures.key_windows;
    measures.key_fit_sum += key_fit(window);
  });
  return measures;
}

}  // namespace pno::eval
