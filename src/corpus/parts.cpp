#include "corpus/parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>

#include "base/printable_text.h"

namespace pno::corpus {
namespace {

std::string part_name(const midi::Performance& performance, std::uint16_t track) {
  constexpr std::string_view kSpaces = " \t\r\n\0";
  std::string name;
  if (track < performance.track_names.size()) name = performance.track_names[track];
  name.erase(std::min(name.find_last_not_of(std::string(kSpaces)) + 1, name.size()));
  name.erase(0, std::min(name.find_first_not_of(std::string(kSpaces)), name.size()));
  return name.empty() ? fmt::format("track {}", track + 1) : printable_text(name);
}

// note_at(i) is row i of `rows`.
template <class NoteAt>
void merge_rows(const NoteAt& note_at, std::size_t row, std::size_t rows, std::size_t count,
                std::vector<events::PlainNote>& into) {
  constexpr std::size_t kSilent = std::numeric_limits<std::size_t>::max();
  std::array<std::size_t, 128> sounding;  // the last note of each pitch
  sounding.fill(kSilent);
  std::int64_t last_end_us = 0;
  into.clear();
  for (; row < rows; ++row) {
    events::PlainNote note = note_at(row);
    note.part = 0;
    // Beyond the last note only what ends the notes before it is looked for.
    const bool is_beyond = into.size() == count;
    if (is_beyond && note.start_us >= last_end_us) return;
    std::size_t& last = sounding[note.pitch];
    if (last != kSilent) {
      events::PlainNote& before = into[last];
      if (before.start_us == note.start_us) {
        before.length_us = std::max(before.length_us, note.length_us);
        before.velocity = std::max(before.velocity, note.velocity);
        last_end_us = std::max(last_end_us, before.start_us + before.length_us);
        continue;
      }
      if (before.start_us + before.length_us > note.start_us) {
        before.length_us = static_cast<std::uint32_t>(note.start_us - before.start_us);
      }
    }
    last = is_beyond ? kSilent : into.size();
    if (is_beyond) continue;
    into.push_back(note);
    last_end_us = std::max(last_end_us, note.start_us + note.length_us);
  }
}

}  // namespace

PartNotes parts_of(const midi::Performance& performance) {
  std::map<std::uint16_t, std::size_t> parts;  // by the track
  for (const auto& note : performance.notes) parts.emplace(note.track, 0);
  PartNotes result{.notes = events::plain_notes(performance), .names = {}};
  if (parts.size() < 2) return result;
  if (parts.size() > kMaxParts) return {.notes = merge_parts(result.notes), .names = {}};
  for (auto& [track, part] : parts) {
    part = result.names.size();
    result.names.push_back(part_name(performance, track));
  }
  for (std::size_t i = 0; i < result.notes.size(); ++i) {
    result.notes[i].part = static_cast<std::uint8_t>(parts.at(performance.notes[i].track));
  }
  return result;
}

bool strikes_with_row_before(const NoteColumns& rows, std::size_t row) {
  return rows.start_us[row] == rows.start_us[row - 1] && rows.pitch[row] == rows.pitch[row - 1];
}

void merge_parts(const NoteColumns& rows, std::size_t row, std::size_t count,
                 std::vector<events::PlainNote>& into) {
  merge_rows([&](std::size_t i) { return rows.note(i); }, row, rows.pitch.size(), count, into);
}

std::vector<events::PlainNote> merge_parts(std::span<const events::PlainNote> notes) {
  std::vector<events::PlainNote> merged;
  merge_rows([&](std::size_t i) { return notes[i]; }, 0, notes.size(), notes.size(), merged);
  return merged;
}

}  // namespace pno::corpus
