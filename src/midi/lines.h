#pragma once

// The lines of a file (channels of ports, see track_events.h) to the sixteen channels of a
// Performance.

#include <array>
#include <cstdint>
#include <span>

#include "midi/track_events.h"

namespace pno::midi {

inline constexpr std::uint8_t kNoChannel = 255;

// The channel of each line, so that no two lines with notes share one and no pedal holds notes of
// another port: lines of port 0 keep theirs, the others keep theirs if it is free; if not, they
// get a free one that is not for drums. If there are more than fifteen lines with notes, some share
// the channel that they have on their port. If there are several ports, lines without notes have
// kNoChannel.
std::array<std::uint8_t, kLines> channels_of_lines(std::span<const SongEvents> songs);

}  // namespace pno::midi
