#include "midi/performance.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace pno::midi {
namespace {

// The order of docs/design.md section 3, (start, pitch). Of notes that share both, the one to keep
// comes first: the longer, then the longer key, then the lower channel, then the
// earlier track. So the result does not
// depend on the order of the input.
bool plays_before(const Note& a, const Note& b) {
  return std::tie(a.start_us, a.pitch, b.length_us, b.key_length_us, a.channel, a.track) <
         std::tie(b.start_us, b.pitch, a.length_us, a.key_length_us, b.channel, b.track);
}

// Notes out of a file are in the order of their starts already, and only the chords are not in the
// order of their pitches: those are small sorts.
void sort_for_playing(std::vector<Note>& notes) {
  for (auto chord = notes.begin(); chord != notes.end();) {
    auto next = chord + 1;
    while (next != notes.end() && next->start_us == chord->start_us) ++next;
    if (next != notes.end() && next->start_us < chord->start_us) {
      std::sort(notes.begin(), notes.end(), plays_before);
      return;
    }
    if (next - chord > 1) std::sort(chord, next, plays_before);
    chord = next;
  }
}

}  // namespace

std::int64_t Performance::length_us() const {
  std::int64_t end_us = 0;
  for (const Note& note : notes) end_us = std::max(end_us, note.end_us());
  return end_us;
}

std::int64_t make_playable(std::vector<Note>& notes) {
  sort_for_playing(notes);
  std::array<Note*, 128> last_of_pitch{};
  std::int64_t restruck = 0;
  auto kept = notes.begin();
  for (const Note& note : notes) {
    Note*& last = last_of_pitch[note.pitch];
    if (last != nullptr && last->start_us == note.start_us) {
      last->velocity = std::max(last->velocity, note.velocity);
      ++restruck;
      continue;
    }
    if (last != nullptr && last->end_us() > note.start_us) {
      const auto until_struck_us = static_cast<std::uint32_t>(note.start_us - last->start_us);
      if (last->key_length_us > until_struck_us) ++restruck;
      last->length_us = until_struck_us;
      last->key_length_us = std::min(last->key_length_us, until_struck_us);
    }
    if (&*kept != &note) *kept = note;
    last = &*kept++;
  }
  notes.erase(kept, notes.end());
  return restruck;
}

std::int64_t make_tracks_playable(std::vector<Note>& notes) {
  const auto of_first_track = [&](const Note& note) { return note.track == notes[0].track; };
  if (std::all_of(notes.begin(), notes.end(), of_first_track)) return make_playable(notes);
  std::map<std::uint16_t, std::vector<Note>> tracks;
  for (const Note& note : notes) tracks[note.track].push_back(note);
  notes.clear();
  std::int64_t restruck = 0;
  for (auto& [track, of_track] : tracks) {
    restruck += make_playable(of_track);
    notes.insert(notes.end(), of_track.begin(), of_track.end());
  }
  std::sort(notes.begin(), notes.end(), [](const Note& a, const Note& b) {
    return std::tie(a.start_us, a.pitch, a.track) < std::tie(b.start_us, b.pitch, b.track);
  });
  return restruck;
}

}  // namespace pno::midi
