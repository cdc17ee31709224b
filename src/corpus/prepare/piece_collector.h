#pragma once

// The pieces that are kept of the files, which are taken in their order: each performance once (or
// as often as one table lists it), each piece in the split that splits.h gives it.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "corpus/dataset.h"
#include "corpus/dataset_builder.h"
#include "corpus/matching/music_links.h"
#include "corpus/prepare/file_intake.h"
#include "corpus/prepare/prepare_options.h"
#include "corpus/prepare/prepare_report.h"
#include "corpus/sources/source_files.h"

namespace pno::corpus {

class PieceCollector {
 public:
  // `existing`, the dataset to add to, may be null. All outlive the collector.
  PieceCollector(const PrepareOptions& options, const Sources& sources, const Dataset* existing);

  // The pieces of the dataset to add to, before all others.
  Expected<void> take_existing();

  // The next file of sources.files. Returns an error if its notes cannot be kept.
  Expected<void> take(std::size_t file, Intake&& intake);

  // The number of pieces taken so far, without those of the existing dataset.
  std::size_t taken() const { return taken_.size(); }
  // Whether a file was left out only because the dataset has its notes.
  bool any_double() const { return any_double_; }

  // Compares the music of all pieces: chooses their splits, and leaves out copies of recordings and
  // music that the datasets hold out. Returns an error if interrupted, and if nothing stays.
  Expected<void> choose(std::span<const Dataset> hold_out);

  // Writes the dataset, after choose(). Then the report is complete.
  Expected<void> write();

  PrepareReport report() &&;

 private:
  // A piece of this run.
  struct Taken {
    std::uint64_t hash = 0;
    std::size_t file = 0;  // of sources.files
    int row = kNone;       // of sources.rows
    std::int64_t tokens = 0, pedalled_notes = 0;
    std::vector<std::string> parts;
    std::optional<Split> listed;
    Split split = Split::train;
  };

  // A line of the report for a file; most have none.
  struct Remark {
    std::size_t file = 0;  // of sources.files
    bool taken = false;
    std::string text;
    bool held_out = false;
  };

  void skip(std::size_t file, std::string reason) {
    remarks_.push_back({.file = file, .taken = false, .text = std::move(reason)});
  }
  // Whether the table of `file` lists the piece that is known, too.
  bool is_of_same_table(std::size_t known, const SourceFile& file) const;
  void skip_double(std::size_t known, std::size_t file);
  void report_conflicts(std::span<const SplitQuestion> questions, std::span<const Split> splits);
  const TableRow* row_of(int row) const;
  void choose_splits_of_all(Groups& same_music);
  std::map<std::size_t, Remark> leave_out_copies(std::span<const MusicMatch> copies);
  Expected<std::map<std::size_t, Remark>> leave_out_held(const MusicList& music,
                                                         std::span<const Dataset> hold_out);
  Expected<void> take_out_of_sums(const std::vector<bool>& stays);
  void forget_hashes();  // when all files were taken
  void sum_up();
  std::uint64_t hash_of(std::size_t piece) const { return taken_[piece - kept_pieces()].hash; }
  bool is_existing(std::size_t piece) const { return piece < kept_pieces(); }
  std::size_t kept_pieces() const { return static_cast<std::size_t>(report_.kept_pieces); }
  PieceInfo info_of(const Taken& taken) const;
  std::string source_of(std::size_t piece) const;

  const PrepareOptions& options_;
  const Sources& sources_;
  const Dataset* existing_;
  DatasetBuilder builder_;
  std::vector<Taken> taken_;
  std::vector<Remark> remarks_;                                   // in the order of the files
  std::unordered_map<std::uint64_t, std::size_t> piece_of_hash_;  // pieces of the builder
  PrepareReport report_;
  bool any_double_ = false;
};

}  // namespace pno::corpus
