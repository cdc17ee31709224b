#pragma once

// Real performances for tests and benchmarks: the MIDI files of a zip in the folder PNO_REAL_MUSIC.

#include <filesystem>
#include <string>
#include <vector>

#include "events/encode.h"

namespace pno::events {

struct RealPiece {
  std::string file;
  std::vector<PlainNote> notes;  // pedals applied; at least one
};

// The pieces of `zip` in the order of the archive, at most `limit` (0: all), without files that
// have no notes. Empty if the archive does not exist.
std::vector<RealPiece> real_music(const std::filesystem::path& zip, std::size_t limit = 0);

}  // namespace pno::events
