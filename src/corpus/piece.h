#pragma once

// A piece of a dataset: its notes, and what is known of it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "events/encode.h"

namespace pno::corpus {

enum class Split : std::uint8_t { train, validation, test };
constexpr auto enum_names(Split) {
  return std::array{"train", "validation", "test"};
}
inline constexpr int kSplits = 3;

// How a performance came to be notes.
enum class MusicKind : std::uint8_t { unknown, disklavier, roll, transcribed, sequenced };
constexpr auto enum_names(MusicKind) {
  return std::array{"unknown", "disklavier", "roll", "transcribed", "sequenced"};
}
inline constexpr int kMusicKinds = 5;

// A note's part is stored in a byte.
inline constexpr std::size_t kMaxParts = 256;

// A note starts before this: 12.7 days, so that no file can ask for endless silence.
inline constexpr std::int64_t kMaxStartUs = std::int64_t{1} << 40;

struct PieceInfo {
  std::string title = {}, composer = {}, performer = {};  // empty if unknown
  std::string corpus = {};   // the collection it belongs to, "maestro"; empty if unknown
  std::string source = {};   // the file it came from, as the user named it: "asap.zip/Bach/a.mid"
  std::string licence = {};  // empty if unknown
  std::string hash = {};     // content hash of the notes, parts merged, 16 hex digits
  std::vector<std::string> parts = {};  // their names; empty for a piece without parts
  MusicKind kind = MusicKind::unknown;
  Split split = Split::train;
};

// A piece to be written.
struct Piece {
  PieceInfo info;
  std::vector<events::PlainNote> notes;  // sorted by (start, pitch, part)
};

// The notes of a piece, a column for each field; all of one length, but `part` is empty if every
// note is of part 0.
struct NoteColumns {
  std::span<const std::int64_t> start_us;
  std::span<const std::uint32_t> length_us;
  std::span<const std::uint8_t> pitch, velocity, part;

  NoteColumns piece(std::int64_t first, std::int64_t end) const;
  events::PlainNote note(std::size_t i) const {
    return {start_us[i], length_us[i], pitch[i], velocity[i],
            part.empty() ? std::uint8_t{0} : part[i]};
  }
};

}  // namespace pno::corpus
