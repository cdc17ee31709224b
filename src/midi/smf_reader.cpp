#include "midi/smf_reader.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "midi/pedal.h"
#include "midi/programs.h"
#include "midi/smf_chunks.h"
#include "midi/tempo_map.h"
#include "midi/track_events.h"

namespace pno::midi {
namespace {

// The songs of a file: one of all tracks together, or, in a type 2 file, one of each.
Expected<std::vector<SongEvents>> read_songs(const SmfChunks& chunks, const ReadOptions& options,
                                             Oddities& oddities) {
  constexpr int kTracksInSequence = 2;
  TrackReader reader(options, oddities);
  std::vector<SongEvents> songs;
  for (std::size_t track = 0; track < chunks.tracks.size(); ++track) {
    if (songs.empty() || chunks.format == kTracksInSequence) {
      songs.emplace_back().first_track = track;
    }
    PNO_TRY_VOID(reader.read(chunks.tracks[track], songs.back()));
  }
  return songs;
}

// Lists of events hold one track after the other.
template <class Event>
void sort_by_tick(std::vector<Event>& events) {
  const auto before = [](const Event& a, const Event& b) { return a.tick < b.tick; };
  if (!std::is_sorted(events.begin(), events.end(), before)) {
    std::stable_sort(events.begin(), events.end(), before);
  }
}

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

std::uint16_t track_number(std::size_t track) {
  constexpr std::size_t kLast = std::numeric_limits<std::uint16_t>::max();
  return static_cast<std::uint16_t>(std::min(track, kLast));
}

// Notes with the lengths of their keys, sorted by start.
void append_notes(const SongEvents& song, const TempoMap& map, std::int64_t offset_us,
                  Oddities& oddities, std::vector<Note>& notes) {
  std::vector<Note> added;
  added.reserve(song.presses.size());
  std::vector<std::size_t> run_ends;
  TickClock start_clock(map), end_clock(map);
  std::size_t i = 0;
  for (std::size_t track = 0; track < song.press_ends.size(); ++track) {
    for (; i < song.press_ends[track]; ++i) {
      const KeyPress& press = song.presses[i];
      const std::int64_t start_us = start_clock.time_us(press.start_tick);
      const std::int64_t end_us = end_clock.time_us(press.end_tick);
      if (end_us == start_us) {
        ++oddities.zero_length_notes;
        continue;
      }
      const std::uint32_t length_us = note_length_us(start_us, end_us);
      added.push_back({.start_us = offset_us + start_us,
                       .length_us = length_us,
                       .key_length_us = length_us,
                       .pitch = press.pitch,
                       .velocity = press.velocity,
                       .channel = press.channel,
                       .track = track_number(song.first_track + track)});
    }
    if (run_ends.empty() || added.size() > run_ends.back()) run_ends.push_back(added.size());
  }
  merge_runs(added, std::move(run_ends));
  if (notes.empty()) {
    notes = std::move(added);
  } else {
    notes.insert(notes.end(), added.begin(), added.end());
  }
}

}  // namespace

Expected<SmfFile> read_smf(std::span<const std::byte> bytes, const ReadOptions& options) {
  SmfFile file;
  PNO_TRY(const SmfChunks chunks, find_chunks(bytes, file.oddities));
  file.format = chunks.format;
  file.tracks = static_cast<int>(chunks.tracks.size());
  file.ticks_per_quarter = chunks.division.per_quarter;
  file.smpte_ticks_per_s = chunks.division.smpte_ticks_per_s;

  PNO_TRY(std::vector<SongEvents> songs, read_songs(chunks, options, file.oddities));
  for (SongEvents& song : songs) {
    sort_by_tick(song.tempo_changes);
    sort_by_tick(song.pedal_moves);
    sort_by_tick(song.program_changes);
  }
  choose_programs(options.programs, songs, file.oddities);

  auto& [notes, pedals, track_names] = file.performance;
  const std::int64_t max_us = std::clamp<std::int64_t>(options.max_length_us, 0, kLongestTimeUs);
  std::int64_t offset_us = 0;
  for (const SongEvents& song : songs) {
    const TempoMap map(chunks.division, song.tempo_changes, max_us - offset_us);
    if (song.end_tick > map.last_tick()) {
      return fail("is longer than {} hours, the most that is allowed",
                  static_cast<double>(max_us) / 3.6e9);
    }
    append_notes(song, map, offset_us, file.oddities, notes);
    track_names.insert(track_names.end(), song.track_names.begin(), song.track_names.end());
    append_pedals(song.pedal_moves, map, song.end_tick, offset_us, pedals);
    offset_us += map.time_us(song.end_tick);

    if (file.tempo_changes == 0 && !song.tempo_changes.empty()) {
      file.first_tempo_bpm = 60e6 / static_cast<double>(song.tempo_changes.front().us_per_quarter);
    }
    file.tempo_changes += static_cast<std::int64_t>(song.tempo_changes.size());
  }
  sort_pedals(pedals);
  if (options.sustain) apply_pedals(notes, pedals);
  file.oddities.overlapping_notes =
      options.merge_tracks ? make_playable(notes) : make_tracks_playable(notes);
  return file;
}

}  // namespace pno::midi
