#pragma once

// A dataset put together piece by piece. All datasets are written here, and nothing that
// Dataset::open() refuses.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/scratch_file.h"
#include "corpus/dataset.h"
#include "corpus/dataset_format.h"

namespace pno::corpus {

// Notes that a builder holds in memory, 14 bytes each (15 with parts); more are kept on the disk.
inline constexpr std::size_t kNotesInMemory = 4 << 20;

class DatasetBuilder {
 public:
  // Notes beyond `notes_in_memory` are kept in nameless files beside `path`, the later dataset.
  explicit DatasetBuilder(std::filesystem::path path, std::size_t notes_in_memory = kNotesInMemory);

  // Returns an error, a clause, for notes that check_notes() (dataset_format.h) refuses: they are
  // not added. Returns an error if the disk is full; then the dataset is lost.
  Expected<void> add(std::span<const events::PlainNote> notes);

  std::size_t pieces() const { return piece_first_.size() - 1; }

  // The rows of a piece, out of those of all.
  struct AllRows {
    NoteColumns rows;
    std::vector<MappedFile> maps;  // of rows on the disk
  };
  // Valid until the next call of a function that is not const; returns an error if the disk is
  // full.
  Expected<AllRows> all_rows();
  NoteColumns rows_of(const AllRows& all, std::size_t piece) const {
    return all.rows.piece(piece_first_[piece], piece_first_[piece + 1]);
  }

  // Removes the pieces that are not to stay; the others keep their order. Returns an error if the
  // disk is full; then the dataset is lost.
  Expected<void> keep_only(const std::vector<bool>& stays);

  // Writes what was added, aside and renamed; info(i) is asked for each piece once, in order, so
  // that no list of them is held. Returns an error without any piece, for a bad hash, and if a
  // piece has notes of a part that it does not name.
  Expected<void> write(const std::function<PieceInfo(std::size_t)>& info);

 private:
  struct Columns {
    std::vector<std::int64_t> start_us;
    std::vector<std::uint32_t> length_us;
    std::vector<std::uint8_t> pitch, velocity;
    std::vector<std::uint8_t> part;  // empty as long as no piece has parts

    std::size_t size() const { return pitch.size(); }
    void resize(std::size_t size);
    NoteColumns view() const { return {start_us, length_us, pitch, velocity, part}; }
  };
  // The columns of earlier notes, a file each.
  struct Spilled {
    ScratchFile start_us, length_us, pitch, velocity, part;
    std::size_t rows = 0,
                part_rows = 0;  // the parts of earlier notes are added when there are some

    static Expected<Spilled> create(const std::filesystem::path& folder);
    Expected<void> append(const NoteColumns& notes);
    Expected<NoteColumns> view(std::vector<MappedFile>& maps) const;  // lives as long as `maps`
  };

  Expected<void> spill();
  Expected<void> keep_rows(const std::vector<bool>& stays);

  std::filesystem::path path_;
  std::size_t notes_in_memory_;
  std::vector<std::int64_t> piece_first_ = {0};
  std::vector<std::uint8_t> last_part_;  // of each piece
  Columns notes_;                        // those after the spilled ones
  bool any_parts_ = false;
  std::optional<Spilled> spilled_;
};

}  // namespace pno::corpus
