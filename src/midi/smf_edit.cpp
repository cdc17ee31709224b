#include "midi/smf_edit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <utility>

#include "midi/cut_track.h"
#include "midi/raw_clock.h"
#include "midi/smf_chunks.h"
#include "midi/tempo_map.h"

namespace pno::midi {
namespace {

using Tracks = std::vector<std::vector<RawEvent>>;

// Whether the keys that are down leave, by channel and pitch, the oldest first.
class LeavingKeys {
 public:
  void strike(const RawEvent& event, bool leaves) { keys(event).push_back(leaves); }
  // Of the key that a NOTE_OFF releases.
  bool release(const RawEvent& event) {
    auto& down = keys(event);
    if (down.empty()) return false;
    const bool leaves = down.front();
    down.pop_front();
    return leaves;
  }

 private:
  std::deque<bool>& keys(const RawEvent& event) {
    return down_.at(std::size_t{event.channel()} * 128 + event.data(0));
  }
  std::array<std::deque<bool>, std::size_t{16} * 128> down_;
};

// Returns the number of notes that left.
std::int64_t remove_notes(const TempoMap& map, const SmfEdit& edit, Tracks& tracks) {
  std::int64_t left = 0;
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    LeavingKeys keys;
    TickClock clock(map);
    std::erase_if(tracks[t], [&](const RawEvent& event) {
      if (event.is_note_off()) return keys.release(event);
      if (!event.is_note_on()) return false;
      const bool leaves =
          edit.leaves &&
          edit.leaves({.start_us = clock.time_us(std::min(event.tick, map.last_tick())),
                       .pitch = event.data(0),
                       .channel = event.channel(),
                       .track = static_cast<std::uint16_t>(t)});
      keys.strike(event, leaves);
      left += leaves ? 1 : 0;
      return leaves;
    });
  }
  return left;
}

std::vector<TempoChange> changes_before(const Tracks& tracks, std::int64_t tick) {
  auto changes = tempo_changes(tracks);
  std::erase_if(changes, [&](const TempoChange& change) { return change.tick >= tick; });
  return changes;
}

// Moves the events from the end of a passage on, which holds times before `earlier_us` of the
// stretches before it.
void stretch(const Division& division, const Stretch& passage, std::int64_t earlier_us,
             Tracks& tracks) {
  const TempoMap map(division, tempo_changes(tracks), kLongestTimeUs);
  const auto from_us = passage.from_us + earlier_us, to_us = passage.to_us + earlier_us;
  const auto end = first_tick_at(map, to_us);
  // Beyond the end the tempo is that of the passage.
  const TempoMap within(division, changes_before(tracks, end), kLongestTimeUs);
  const std::int64_t new_end = std::llround(exact_tick(within, from_us + passage.length_us));
  for (auto& track : tracks) {
    for (auto& event : track) {
      event.tick = event.tick >= end ? event.tick + new_end - end : std::min(event.tick, new_end);
    }
  }
}

}  // namespace

Expected<EditedSmf> edit_smf(std::span<const std::byte> bytes, const SmfEdit& edit) {
  Oddities oddities;
  PNO_TRY(const SmfChunks chunks, find_chunks(bytes, oddities));
  if (chunks.tracks.empty()) return fail("has no tracks");
  if (chunks.format == 2 && chunks.tracks.size() > 1) {
    return fail("has tracks that follow one another (format 2)");
  }
  Tracks tracks;
  for (const auto& track : chunks.tracks) tracks.push_back(read_raw_track(track, chunks.division));
  std::array<bool, 16> is_used{};
  for (const auto& track : tracks) mark_channels(track, is_used);
  const TempoMap before(chunks.division, tempo_changes(tracks), kLongestTimeUs);
  std::vector<CutTrack> state;
  const auto begins = std::max<std::int64_t>(first_tick_at(before, edit.begins_us), 1);
  for (const auto& track : tracks) state.push_back(cut_track(track, /*begin_tick=*/0, begins));

  EditedSmf result;
  result.left_notes = remove_notes(before, edit, tracks);
  std::int64_t earlier_us = 0;
  for (const auto& passage : edit.stretches) {
    stretch(chunks.division, passage, earlier_us, tracks);
    earlier_us += passage.length_us - (passage.to_us - passage.from_us);
  }
  const TempoMap after(chunks.division, tempo_changes(tracks), kLongestTimeUs);
  tracks.push_back(added_track(state, free_channel(is_used), edit.added, [&](std::int64_t time_us) {
    return std::llround(exact_tick(after, time_us));
  }));
  result.bytes = write_raw_tracks(tracks, chunks.division_word);
  return result;
}

}  // namespace pno::midi
