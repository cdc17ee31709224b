#include "midi/song_notes.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "midi/pedal.h"

namespace pno::midi {
namespace {

// The first run of each pair is merged with the second until there is one.
// `ends` are the ends of runs sorted by start, the last that of `notes`.
void merge_runs(std::vector<Note>& notes, std::vector<std::size_t> ends) {
  const auto before = [](const Note& a, const Note& b) { return a.start_us < b.start_us; };
  const auto at = [&](std::size_t i) { return notes.begin() + static_cast<std::ptrdiff_t>(i); };
  while (ends.size() > 1) {
    std::vector<std::size_t> merged;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ends.size(); i += 2) {
      const std::size_t end = ends[std::min(i + 1, ends.size() - 1)];
      std::inplace_merge(at(begin), at(ends[i]), at(end), before);
      merged.push_back(end);
      begin = end;
    }
    ends = std::move(merged);
  }
}

// A note without an end, and the guess of lost_note_offs.h.
struct OpenNote {
  std::size_t index;
  std::int64_t guess_tick;
};

// Of the keys that were held for some time; kOpenKeyRing_us if that is longer, or if there are
// none.
std::int64_t open_key_length_us(const std::vector<Note>& notes) {
  std::vector<std::uint32_t> lengths_us;
  for (const Note& note : notes) {
    if (note.key_length_us > 0) lengths_us.push_back(note.key_length_us);
  }
  if (lengths_us.empty()) return kOpenKeyRing_us;
  const auto middle = lengths_us.begin() + static_cast<std::ptrdiff_t>(lengths_us.size() / 2);
  std::nth_element(lengths_us.begin(), middle, lengths_us.end());
  return std::min<std::int64_t>(*middle, kOpenKeyRing_us);
}

std::uint16_t track_number(std::size_t track) {
  constexpr std::size_t kLast = std::numeric_limits<std::uint16_t>::max();
  return static_cast<std::uint16_t>(std::min(track, kLast));
}

void end_open_notes(const std::vector<OpenNote>& open, const TempoMap& map,
                    std::vector<Note>& notes) {
  if (open.empty()) return;
  const std::int64_t usual_us = open_key_length_us(notes);
  TickClock clock(map);
  for (const auto& [index, guess_tick] : open) {
    Note& note = notes[index];
    std::int64_t length_us = usual_us;
    if (guess_tick <= map.last_tick()) {
      const std::int64_t guess_us = clock.time_us(guess_tick) - note.start_us;
      if (guess_us > 0 && guess_us <= kBelievedEnd_us) length_us = guess_us;
    }
    note.key_length_us = note.length_us = static_cast<std::uint32_t>(length_us);
  }
}

}  // namespace

Expected<SongNotes> song_notes(const SongEvents& song, const TempoMap& map,
                               std::span<const std::uint8_t, kLines> channels) {
  SongNotes read;
  read.notes.reserve(song.presses.size());
  std::vector<std::size_t> run_ends;
  std::vector<OpenNote> open;
  TickClock start_clock(map), end_clock(map);
  std::size_t i = 0;
  for (std::size_t track = 0; track < song.press_ends.size(); ++track) {
    for (; i < song.press_ends[track]; ++i) {
      const KeyPress& press = song.presses[i];
      const std::int64_t last_tick = press.has_end ? press.end_tick : press.start_tick;
      if (last_tick > map.last_tick()) return fail("has notes after the last tick");
      const std::int64_t start_us = start_clock.time_us(press.start_tick);
      const std::int64_t end_us = end_clock.time_us(last_tick);
      if (!press.has_end) open.push_back({read.notes.size(), press.end_tick});
      read.last_key_us = std::max(read.last_key_us, end_us);
      const std::uint32_t length_us = note_length_us(start_us, end_us);
      read.notes.push_back({.start_us = start_us,
                            .length_us = length_us,
                            .key_length_us = length_us,
                            .pitch = press.pitch,
                            .velocity = press.velocity,
                            .channel = channels[press.line],
                            .track = track_number(song.first_track + track)});
    }
    if (run_ends.empty() || read.notes.size() > run_ends.back()) {
      run_ends.push_back(read.notes.size());
    }
  }
  end_open_notes(open, map, read.notes);
  merge_runs(read.notes, std::move(run_ends));
  return read;
}

}  // namespace pno::midi
