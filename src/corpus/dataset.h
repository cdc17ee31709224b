#pragma once

// The dataset file (.notes): the notes of many pieces in one safetensors file, mapped, not loaded.
// DESIGN.md section 3; docs/formats.md shows it byte by byte.
//
//   start_us     i64 [N]     microseconds from the start of the piece
//   length_us    u32 [N]     until the sound ends
//   pitch        u8  [N]
//   velocity     u8  [N]
//   piece_first  i64 [P+1]   the first note of each piece; N last
//   metadata     "format": "pno.notes", "version": "1", "pieces": a JSON list of PieceInfo

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
#include "corpus/piece.h"
#include "events/encode.h"

namespace pno::corpus {

class Dataset {
 public:
  // Checks everything that a reader relies on (offsets in order, no piece without notes, times,
  // pitches and velocities in range, lengths positive, notes sorted); the error says which piece.
  static Expected<Dataset> open(const std::filesystem::path& path);

  // The same from memory that outlives the result; `name` stands in messages.
  static Expected<Dataset> parse(std::span<const std::byte> bytes, std::string_view name);

  const std::string& name() const { return name_; }  // the path, for messages
  std::size_t pieces() const { return infos_.size(); }
  std::int64_t notes() const { return static_cast<std::int64_t>(pitch_.size()); }
  const PieceInfo& info(std::size_t piece) const { return infos_[piece]; }
  std::int64_t first_note(std::size_t piece) const { return piece_first_[piece]; }

  // Notes [first, first + count) of a piece, gathered from the columns.
  void gather(std::size_t piece, std::int64_t first, std::int64_t count,
              std::vector<events::PlainNote>& into) const;
  std::int64_t notes_of(std::size_t piece) const;
  // Lowest and highest pitch of a piece, for the choice of a transposition.
  std::pair<int, int> pitch_range(std::size_t piece) const { return pitch_ranges_[piece]; }

  std::span<const std::int64_t> start_us() const { return start_us_; }
  std::span<const std::uint32_t> length_us() const { return length_us_; }
  std::span<const std::uint8_t> pitch() const { return pitch_; }
  std::span<const std::uint8_t> velocity() const { return velocity_; }
  std::span<const std::int64_t> piece_first() const { return piece_first_; }

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

  SafetensorsFile file_;
  std::string name_;
  std::span<const std::int64_t> start_us_, piece_first_;
  std::span<const std::uint32_t> length_us_;
  std::span<const std::uint8_t> pitch_, velocity_;
  std::vector<PieceInfo> infos_;
  std::vector<std::pair<int, int>> pitch_ranges_;
  std::array<std::vector<std::size_t>, kSplits> splits_;
};

// Same pieces, same bytes. Fails for what open() would refuse, naming the piece.
Expected<void> write_dataset(const std::filesystem::path& path, std::span<const Piece> pieces);

// 16 hex digits that two performances share only if their notes are the same (times, lengths,
// pitches, velocities), whatever file they came in; chance makes two of them alike once in 2^64.
std::string content_hash(std::span<const events::PlainNote> notes);

}  // namespace pno::corpus
