#pragma once

// The parts of a dataset file that its reader and its writer share: names, the JSON list of pieces,
// and the checks of a piece's notes.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "corpus/piece.h"

namespace pno::corpus {

inline constexpr std::string_view kDatasetVersion = "2";
inline constexpr std::string_view kOldDatasetVersion = "1";  // read, not written

// Fails with a clause ("note 12 has pitch 200, …") if a note is out of range, out of order or in no
// part of `info`, or if it has none.
Expected<void> check_notes(const NoteColumns& piece, std::size_t parts);

// Returns an error, a clause ("has no hash …"), if it is not 16 hex digits.
Expected<void> check_hash(std::string_view hash);

// Returns an error, a clause, for more parts than a byte can number.
Expected<void> check_parts(std::size_t parts);

// An object of the list; empty fields are left out, and bytes that are not UTF-8 become
// U+FFFD.
std::string piece_to_json(const PieceInfo& info);

// Returns an error, a clause. Fields that a later version may add are skipped.
Expected<std::vector<PieceInfo>> pieces_from_json(std::string_view json);

}  // namespace pno::corpus
