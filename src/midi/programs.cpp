#include "midi/programs.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace pno::midi {
namespace {

constexpr std::uint8_t kLastPiano = 7;  // clavinet; 0 is the grand piano

// Gives a program to the notes of tracks that chose none for their channel.
void inherit_programs(SongEvents& song) {
  std::array<std::vector<ProgramChange>, kChannels> changes;
  for (const ProgramChange& change : song.program_changes) {
    changes[change.channel].push_back(change);
  }
  for (KeyPress& press : song.presses) {
    if (press.program != kProgramUnset) continue;
    const auto& channel = changes[press.channel];
    const auto after = std::upper_bound(
        channel.begin(), channel.end(), press.start_tick,
        [](std::int64_t tick, const ProgramChange& change) { return tick < change.tick; });
    press.program = after == channel.begin() ? std::uint8_t{0} : std::prev(after)->program;
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

}  // namespace

void choose_programs(Programs programs, std::span<SongEvents> songs, Oddities& oddities) {
  for (SongEvents& song : songs) {
    std::erase_if(song.pedal_moves, [](const PedalMove& m) { return m.channel == kDrumChannel; });
  }
  const auto is_piano = [](const auto& event) { return event.program <= kLastPiano; };
  const bool only_pianos = std::all_of(songs.begin(), songs.end(), [&](const SongEvents& song) {
    return std::all_of(song.program_changes.begin(), song.program_changes.end(), is_piano);
  });
  if (programs == Programs::all || only_pianos) return;

  std::array<std::int64_t, 128> notes_of_program{};
  for (SongEvents& song : songs) {
    inherit_programs(song);
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

  std::array<bool, kChannels> lost{}, kept{};
  for (SongEvents& song : songs) {
    for (const KeyPress& press : song.presses) {
      (is_piano(press) ? kept : lost)[press.channel] = true;
      oddities.other_program_notes += is_piano(press) ? 0 : 1;
    }
    remove_presses(song, [&](const KeyPress& press) { return !is_piano(press); });
  }
  for (SongEvents& song : songs) {
    std::erase_if(song.pedal_moves,
                  [&](const PedalMove& m) { return lost[m.channel] && !kept[m.channel]; });
  }
}

}  // namespace pno::midi
