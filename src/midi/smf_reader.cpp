#include "midi/smf_reader.h"

#include <algorithm>

#include "midi/lines.h"
#include "midi/pedal.h"
#include "midi/programs.h"
#include "midi/smf_chunks.h"
#include "midi/song_notes.h"
#include "midi/tempo_map.h"
#include "midi/track_events.h"

namespace pno::midi {
namespace {

// The songs of a file: one of all tracks together, or, in a type 2 file, one of each.
Expected<std::vector<SongEvents>> read_songs(const SmfChunks& chunks, const ReadOptions& options,
                                             Oddities& oddities) {
  constexpr int kTracksInSequence = 2;
  TrackReader reader(options, chunks.division, oddities);
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

// Appends notes of a song that begins `offset_us` later.
void append_notes(std::vector<Note> added, std::int64_t offset_us, std::vector<Note>& notes) {
  for (Note& note : added) note.start_us += offset_us;
  if (notes.empty()) {
    notes = std::move(added);
  } else {
    notes.insert(notes.end(), added.begin(), added.end());
  }
}

// The end of the song that begins at offset_us: of its last key or pedal.
std::int64_t song_end_us(std::span<const Note> notes, std::span<const Pedal> pedals,
                         std::int64_t offset_us) {
  std::int64_t end_us = offset_us;
  for (const Note& note : notes) end_us = std::max(end_us, note.start_us + note.key_length_us);
  for (const Pedal& pedal : pedals) end_us = std::max(end_us, pedal.end_us);
  return end_us;
}

// Only after apply_pedals() are the notes known that ring though their key was not held.
void leave_out_silent(bool pedals_applied, std::vector<Note>& notes, Oddities& oddities) {
  oddities.zero_length_notes +=
      static_cast<std::int64_t>(std::erase_if(notes, [&](const Note& note) {
        return pedals_applied ? note.length_us == 0 : note.key_length_us == 0;
      }));
}

}  // namespace

bool holds_smf(std::span<const std::byte> bytes) {
  Oddities ignored;
  return find_chunks(bytes, ignored).has_value();
}

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
  const auto channels = channels_of_lines(songs);
  const std::int64_t max_us = std::clamp<std::int64_t>(options.max_length_us, 0, kLongestTimeUs);
  std::int64_t offset_us = 0;
  for (const SongEvents& song : songs) {
    const TempoMap map(chunks.division, song.tempo_changes,
                       std::max<std::int64_t>(max_us - offset_us, 0));
    auto read = song_notes(song, map, channels);
    if (!read) {
      return fail("is longer than {} hours, the most that is allowed",
                  static_cast<double>(max_us) / 3.6e9);
    }
    file.oddities.pedals_without_end += append_pedals(song.pedal_moves,
                                                      {.map = &map,
                                                       .last_key_us = read->last_key_us,
                                                       .offset_us = offset_us,
                                                       .channels = channels},
                                                      pedals);
    append_notes(std::move(read->notes), offset_us, notes);
    track_names.insert(track_names.end(), song.track_names.begin(), song.track_names.end());
    if (songs.size() > 1) offset_us = song_end_us(notes, pedals, offset_us);

    if (file.tempo_changes == 0 && !song.tempo_changes.empty()) {
      file.first_tempo_bpm = 60e6 / static_cast<double>(song.tempo_changes.front().us_per_quarter);
    }
    file.tempo_changes += static_cast<std::int64_t>(song.tempo_changes.size());
  }
  sort_pedals(pedals);
  if (options.sustain) apply_pedals(notes, pedals);
  leave_out_silent(options.sustain, notes, file.oddities);
  file.oddities.overlapping_notes =
      options.merge_tracks ? make_playable(notes) : make_tracks_playable(notes);
  cut_after_last_key(notes, pedals);
  return file;
}

}  // namespace pno::midi
