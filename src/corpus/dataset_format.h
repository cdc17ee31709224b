#pragma once

// What the reader and the writer of a dataset file share: its names, the JSON list of its pieces,
// and what must hold of a piece's notes.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "corpus/piece.h"

namespace pno::corpus {

inline constexpr std::string_view kDatasetVersion = "1";

// The notes of a piece, a column for each field; all of one length.
struct NoteColumns {
  std::span<const std::int64_t> start_us;
  std::span<const std::uint32_t> length_us;
  std::span<const std::uint8_t> pitch, velocity;

  NoteColumns piece(std::int64_t first, std::int64_t end) const;
};

// Fails with a clause ("note 12 has pitch 200, …") where a note is out of range or out of order, or
// where there is none.
Expected<void> check_notes(const NoteColumns& piece);

// Fails with a clause ("has no hash …") for what is not 16 hex digits.
Expected<void> check_hash(std::string_view hash);

// An object of the list; fields that are empty are left out, and what is no UTF-8 in them becomes
// U+FFFD.
std::string piece_to_json(const PieceInfo& info);

// Fails with a clause; fields that a later version may add are skipped.
Expected<std::vector<PieceInfo>> pieces_from_json(std::string_view json);

}  // namespace pno::corpus
