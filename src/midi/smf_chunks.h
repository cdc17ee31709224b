#pragma once

// The outer form of a Standard MIDI File: a header chunk "MThd" and track chunks "MTrk", each a
// name of four bytes, a big-endian length and that many bytes; perhaps all inside a RIFF file.

#include <cstddef>
#include <span>
#include <vector>

#include "base/error.h"
#include "midi/oddities.h"
#include "midi/tempo_map.h"

namespace pno::midi {

struct SmfChunks {
  int format = 0;  // 0, 1 or 2
  Division division;
  std::vector<std::span<const std::byte>> tracks;
};

// Fails where there is no readable header. Everything else that is odd is counted: a track longer
// than the file is cut, bytes that are no chunk are skipped up to the next track.
Expected<SmfChunks> find_chunks(std::span<const std::byte> bytes, Oddities& oddities);

}  // namespace pno::midi
