#pragma once

// A MIDI file of which some notes leave and to which a track of new music is added. Every other
// event keeps its tick, its bytes and its track.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "base/error.h"
#include "midi/added_track.h"

namespace pno::midi {

// A NOTE_ON of the file.
struct FileNote {
  std::int64_t start_us = 0;  // the tempo map applied
  std::uint8_t pitch = 0, channel = 0;
  std::uint16_t track = 0;
};

// A passage that becomes longer or shorter. Times are those of the file before.
struct Stretch {
  std::int64_t from_us = 0, to_us = 0;
  std::int64_t length_us = 0;  // instead of to_us - from_us
};

struct SmfEdit {
  // Notes for which this is true leave, with their NOTE_OFFs.
  std::function<bool(const FileNote&)> leaves = {};
  // Passages from left to right that do not overlap. Events from the end of one on move by whole
  // ticks. Events within one stay, but not beyond its new end.
  std::vector<Stretch> stretches = {};
  AddedMusic added = {};       // with times of the result, at the nearest tick
  std::int64_t begins_us = 0;  // the new track has the program and volume that hold here
};

struct EditedSmf {
  std::vector<std::byte> bytes;
  std::int64_t left_notes = 0;
};

// The result is of format 1 with the file's division. Returns an error, a clause without the file's
// name, if the file cannot be read or if its tracks follow one another (format 2).
Expected<EditedSmf> edit_smf(std::span<const std::byte> bytes, const SmfEdit& edit);

}  // namespace pno::midi
