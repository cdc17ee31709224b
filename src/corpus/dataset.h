#pragma once

// The dataset file (.notes): the notes of many pieces in one safetensors file, mapped, not loaded.
// docs/design.md section 3; docs/formats.md shows it byte by byte.
//
//   start_us     i64 [N]     microseconds from the start of the piece
//   length_us    u32 [N]     until the sound ends
//   pitch        u8  [N]
//   velocity     u8  [N]
//   part         u8  [N]     index into the parts of the piece; left out if all are 0
//   piece_first  i64 [P+1]   the first note of each piece; N last
//   metadata     "format": "pno.notes", "version": "2", "pieces": a JSON list of PieceInfo
//
// Rows of the file are notes of the parts: those of one pitch in two parts may overlap. Music is
// the notes as one piano plays them, parts merged as midi::make_playable() does it.

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/safetensors.h"
#include "corpus/joined_rows.h"
#include "corpus/piece.h"
#include "events/encode.h"

namespace pno::corpus {

class Dataset {
 public:
  // Checks everything that a reader relies on (offsets in order, no piece without notes, times,
  // pitches, velocities and parts in range, lengths positive, notes sorted); the error says which
  // piece. Version 1 is read as pieces without parts.
  static Expected<Dataset> open(const std::filesystem::path& path);

  // The same from memory that outlives the result; `name` stands in messages.
  static Expected<Dataset> parse(std::span<const std::byte> bytes, std::string_view name);

  const std::string& name() const { return name_; }  // the path, for messages
  std::size_t pieces() const { return infos_.size(); }
  const PieceInfo& info(std::size_t piece) const { return infos_[piece]; }

  // The number of notes in the music of all pieces, and of one.
  std::int64_t notes() const { return rows() - joined_.count(); }
  std::int64_t notes_of(std::size_t piece) const;
  // Notes [first, first + count) of a piece's music, all of part 0.
  void gather(std::size_t piece, std::int64_t first, std::int64_t count,
              std::vector<events::PlainNote>& into) const;
  std::vector<events::PlainNote> music(std::size_t piece) const;

  // Rows of all pieces, and those of one, with their parts.
  std::int64_t rows() const { return static_cast<std::int64_t>(all_.pitch.size()); }
  NoteColumns rows_of(std::size_t piece) const {
    return all_.piece(piece_first_[piece], piece_first_[piece + 1]);
  }

  // Lowest and highest pitch of a piece, for the choice of a transposition.
  std::pair<int, int> pitch_range(std::size_t piece) const { return pitch_ranges_[piece]; }

  // The pieces of a split, in order.
  const std::vector<std::size_t>& split(Split split) const {
    return splits_[static_cast<std::size_t>(split)];
  }
  // Distinct licences of the pieces, joined by "; ".
  std::string licences() const;

 private:
  Dataset(SafetensorsFile file, std::string_view name) : file_(std::move(file)), name_(name) {}
  static Expected<Dataset> of(SafetensorsFile file, std::string_view name);
  Expected<void> read_columns();
  Expected<void> check_pieces();
  // Whether its rows may overlap, because they are of several parts.
  bool has_parts(std::size_t piece) const { return infos_[piece].parts.size() > 1; }

  SafetensorsFile file_;
  std::string name_;
  std::span<const std::int64_t> piece_first_;
  NoteColumns all_;
  JoinedRows joined_;
  std::vector<PieceInfo> infos_;
  std::vector<std::pair<int, int>> pitch_ranges_;
  std::array<std::vector<std::size_t>, kSplits> splits_;
};

// The same pieces give the same bytes. Returns an error for pieces that open() would refuse, naming
// the piece.
Expected<void> write_dataset(const std::filesystem::path& path, std::span<const Piece> pieces);

// A hash of the notes (times, lengths, pitches, velocities; not parts), as 16 hex digits: the same
// for the same notes in any file. Other notes have the same hash with probability 2^-64.
std::string content_hash(std::span<const events::PlainNote> notes);

}  // namespace pno::corpus
