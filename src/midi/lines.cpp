#include "midi/lines.h"

#include <algorithm>

namespace pno::midi {

std::array<std::uint8_t, kLines> channels_of_lines(std::span<const SongEvents> songs) {
  std::array<bool, kLines> has_notes{};
  bool several_ports = false;
  for (const SongEvents& song : songs) {
    for (const KeyPress& press : song.presses) has_notes[press.line] = true;
    for (const PedalMove& move : song.pedal_moves) several_ports |= move.line >= kChannels;
  }
  several_ports |= std::count(has_notes.begin() + kChannels, has_notes.end(), true) > 0;

  std::array<std::uint8_t, kLines> channels{};
  std::array<bool, kChannels> taken{};
  taken[kDrumChannel] = true;
  for (std::size_t line = 0; line < kLines; ++line) {
    const auto own = static_cast<std::uint8_t>(line % kChannels);
    channels[line] = own;
    if (!several_ports) continue;
    if (!has_notes[line]) {
      channels[line] = kNoChannel;
      continue;
    }
    if (taken[own]) {
      const auto free = std::find(taken.begin(), taken.end(), false);
      if (free != taken.end()) channels[line] = static_cast<std::uint8_t>(free - taken.begin());
    }
    taken[channels[line]] = true;
  }
  return channels;
}

}  // namespace pno::midi
