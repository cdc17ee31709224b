#include "midi/programs.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>

namespace pno::midi {
namespace {

constexpr std::uint8_t kLastPiano = 7;  // clavinet; 0 is the grand piano

// Gives a program to the notes of tracks that chose none for their line.
void inherit_programs(SongEvents& song) {
  std::array<std::vector<ProgramChange>, kLines> changes;
  for (const ProgramChange& change : song.program_changes) {
    changes[change.line].push_back(change);
  }
  for (KeyPress& press : song.presses) {
    if (press.program != kProgramUnset) continue;
    const auto& of_line = changes[press.line];
    const auto after = std::upper_bound(
        of_line.begin(), of_line.end(), press.start_tick,
        [](std::int64_t tick, const ProgramChange& change) { return tick < change.tick; });
    press.program = after == of_line.begin() ? std::uint8_t{0} : std::prev(after)->program;
  }
}

template <class Unwanted>
void remove_presses(SongEvents& song, const Unwanted& unwanted) {
  std::size_t kept = 0, i = 0;
  for (std::size_t& track_end : song.press_ends) {
    for (; i < track_end; ++i) {
      if (!unwanted(song.presses[i])) song.presses[kept++] = song.presses[i];
    }
    track_end = kept;
  }
  song.presses.resize(kept);
}

// Removes the presses that are not wanted, and the pedals of lines of which no press stays. Returns
// the number of presses removed.
template <class Unwanted>
std::int64_t leave_out(std::span<SongEvents> songs, const Unwanted& unwanted) {
  std::array<bool, kLines> lost{}, kept{};
  std::int64_t removed = 0;
  for (SongEvents& song : songs) {
    for (const KeyPress& press : song.presses) {
      (unwanted(press) ? lost : kept)[press.line] = true;
      removed += unwanted(press) ? 1 : 0;
    }
    remove_presses(song, unwanted);
  }
  for (SongEvents& song : songs) {
    std::erase_if(song.pedal_moves,
                  [&](const PedalMove& m) { return lost[m.line] && !kept[m.line]; });
  }
  return removed;
}

template <class Condition>
bool all_program_changes(std::span<const SongEvents> songs, const Condition& condition) {
  return std::all_of(songs.begin(), songs.end(), [&](const SongEvents& song) {
    return std::all_of(song.program_changes.begin(), song.program_changes.end(), condition);
  });
}

}  // namespace

void choose_programs(Programs programs, std::span<SongEvents> songs, Oddities& oddities) {
  for (SongEvents& song : songs) {
    std::erase_if(song.pedal_moves, [](const PedalMove& m) { return is_drum_line(m.line); });
  }
  const auto is_piano = [](const auto& event) { return event.program <= kLastPiano; };
  const auto is_drum = [](const auto& event) { return event.program == kDrumKit; };
  const bool has_drum_kits = !all_program_changes(songs, std::not_fn(is_drum));
  const bool keeps_all = programs == Programs::all || all_program_changes(songs, is_piano);
  if (keeps_all && !has_drum_kits) return;

  for (SongEvents& song : songs) inherit_programs(song);
  if (has_drum_kits) oddities.drum_notes += leave_out(songs, is_drum);
  if (programs == Programs::all) return;

  std::array<std::int64_t, 128> notes_of_program{};
  for (const SongEvents& song : songs) {
    for (const KeyPress& press : song.presses) ++notes_of_program[press.program];
  }
  const auto used = [](std::int64_t notes) { return notes > 0; };
  const std::span pianos = std::span(notes_of_program).first<kLastPiano + 1>();
  const std::span others = std::span(notes_of_program).subspan<kLastPiano + 1>();
  const auto instruments = std::count_if(others.begin(), others.end(), used);
  if (std::none_of(pianos.begin(), pianos.end(), used) && instruments <= 1) {
    oddities.no_piano_program = instruments == 1;
    return;
  }
  oddities.other_program_notes += leave_out(songs, std::not_fn(is_piano));
}

}  // namespace pno::midi
