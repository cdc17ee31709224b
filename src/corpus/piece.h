#pragma once

// A piece of a dataset: its notes, and what is known of it.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "events/encode.h"

namespace pno::corpus {

enum class Split : std::uint8_t { train, validation, test };
constexpr auto enum_names(Split) {
  return std::array{"train", "validation", "test"};
}
inline constexpr int kSplits = 3;

// A note starts before this: 12.7 days, so that no file can ask for endless silence.
inline constexpr std::int64_t kMaxStartUs = std::int64_t{1} << 40;

struct PieceInfo {
  std::string title = {}, composer = {};  // empty where unknown
  std::string source = {};   // the file it came from, as the user named it: "asap.zip/Bach/a.mid"
  std::string licence = {};  // empty where unknown
  std::string hash = {};     // content hash of the notes, 16 hex digits
  Split split = Split::train;
};

// A piece to be written.
struct Piece {
  PieceInfo info;
  std::vector<events::PlainNote> notes;  // sorted by (start, pitch)
};

}  // namespace pno::corpus
