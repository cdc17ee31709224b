#pragma once

// The outer form of a Standard MIDI File: a header chunk "MThd" and track chunks "MTrk", each a
// name of four bytes, a big-endian length and that many bytes; perhaps all inside a RIFF file.
// Does not throw, but for std::bad_alloc.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "midi/oddities.h"
#include "midi/tempo_map.h"

namespace pno::midi {

struct SmfChunks {
  int format = 0;  // 0, 1 or 2
  Division division;
  std::uint32_t division_word = 0;  // as in the header
  std::vector<std::span<const std::byte>> tracks;
};

// Returns an error if a readable header is missing, or if the file is an archive. Everything else
// that is odd is counted:
// - Bytes before the header are skipped. The header is the first "MThd" that could be one.
// - A track whose length is wrong ends as track_extent.h says.
// - Bytes that are not a chunk are skipped up to the next track.
// - A second "MThd" after a track begins another file; that file is left out.
// - A file of an unknown format is read as format 1, all tracks together, if it has tracks.
Expected<SmfChunks> find_chunks(std::span<const std::byte> bytes, Oddities& oddities);

}  // namespace pno::midi
