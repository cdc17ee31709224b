#pragma once

// The report of prepare() on the files it read and the dataset it wrote.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "corpus/piece.h"
#include "corpus/prepare/music_sums.h"

namespace pno::corpus {

struct FileReport {
  std::string file;  // as in PieceInfo::source
  bool taken = false;
  std::string reason;  // why it was skipped, or what was mended; empty for a clean one
  bool held_out = false;
};

// A piece that was left out of the training split, because it is the same music as one that is held
// out.
struct HeldOut {
  std::string file, title, composer;        // file as in PieceInfo::source
  std::string match, match_file, match_in;  // the piece: its name, its source, its dataset
  double share = 0;                         // of 7-grams of pitches
};

// A table of MIDI files that was found, and what it leaves to chance.
struct TableReport {
  std::string file;
  bool read = false;
  std::string reason;                 // why it was not read, or what is wrong in it; may be empty
  std::int64_t split_by_content = 0;  // files below its folder for which it says no split
};

// Seconds, summed over the threads except for `write`.
struct PrepareTimes {
  double find = 0;    // listing folders and zips, reading tables
  double read = 0;    // mapping and inflating
  double parse = 0;   // MIDI to notes, pedal applied
  double check = 0;   // limits, filters, hash
  double encode = 0;  // counting the tokens
  double match = 0;   // comparing the music of all pieces
  double write = 0;   // the dataset, to the disk

  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("find", c.find, "listing folders and zips, reading tables");
    visit("read", c.read, "mapping and inflating");
    visit("parse", c.parse, "MIDI to notes, pedal applied");
    visit("check", c.check, "limits, filters, hash");
    visit("encode", c.encode, "counting the tokens");
    visit("match", c.match, "comparing the music of all pieces");
    visit("write", c.write, "the dataset, to the disk");
  }
};

// A title that is in more than one split, because tables say so.
struct SplitTitle {
  std::string composer, title;
  std::array<std::int64_t, kSplits> pieces{};
};

// With `append`, what was added: only kept_pieces and split_titles tell of what was there.
struct PrepareReport {
  std::int64_t pieces = 0, notes = 0;
  double hours = 0;         // of music
  std::int64_t tokens = 0;  // in the `performance` vocabulary
  std::array<std::int64_t, kSplits> split_pieces{}, split_tokens{};
  std::int64_t kept_pieces = 0;  // in the dataset before
  std::int64_t bytes = 0;        // of MIDI, unpacked
  std::vector<HeldOut> held_out;
  std::int64_t copies_left_out = 0;  // of recordings that another source has, too
  MusicSums music;                   // of the pieces
  std::int64_t pieces_with_parts = 0;
  std::int64_t doubles_kept = 0;  // pieces with the notes of another piece of their table
  std::vector<SplitTitle> split_titles;
  std::vector<FileReport> files;  // in the order of the dataset, skipped ones among them
  std::vector<TableReport> tables;
  PrepareTimes times;
  double seconds = 0;
};

}  // namespace pno::corpus
