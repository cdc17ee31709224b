#pragma once

// Files, folders and zips to a dataset file.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/progress.h"
#include "corpus/archive_store.h"
#include "corpus/dataset.h"
#include "corpus/filters.h"
#include "corpus/splits.h"
#include "midi/smf_reader.h"

namespace pno::corpus {

struct PrepareOptions {
  std::vector<std::filesystem::path> sources;
  std::filesystem::path output;
  midi::ReadOptions read;
  SplitPercents split_percent = {90, 5, 5};  // where no CSV or JSON says the split
  int threads = 0;                           // 0: one for each core
  bool append = false;
  std::string licence;
  Filters filters;
  ReadLimits limits;
  std::int64_t max_notes_per_second = 1000;  // 0: no limit

  // The options that are one value each; those above without a line here have flags of their own.
  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("append", c.append,
          "add to the dataset if it is there: its pieces and their splits stay as they are");
    visit("licence", c.licence,
          "licence of the pieces; else the first line of a LICENSE file beside or above them");
    Filters::fields(c.filters, visit);
    visit("max_notes", c.read.max_notes, "skip a file with more notes");
    visit("max_notes_per_second", c.max_notes_per_second,
          "skip a file with more notes within any one second; 0: no limit");
    visit("max_file_bytes", c.limits.file.max_bytes, "skip a file that is longer, unpacked");
    visit("max_ratio", c.limits.file.max_ratio,
          "skip a file of over a megabyte that a zip packed to less than one part in this many");
    visit("max_inner_zip_bytes", c.limits.max_inner_zip_bytes,
          "skip a zip within a zip that is longer, unpacked");
  }
};

struct FileReport {
  std::string file;  // as in PieceInfo::source
  bool taken = false;
  std::string reason;  // why it was skipped, or what was mended; empty for a clean one
};

// Where the time went: seconds summed over the threads, but for `write`.
struct PrepareTimes {
  double find = 0;    // listing folders and zips, reading tables
  double read = 0;    // mapping and inflating
  double parse = 0;   // MIDI to notes, pedal applied
  double check = 0;   // limits, filters, hash
  double encode = 0;  // counting the tokens
  double write = 0;   // the dataset, to the disk

  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("find", c.find, "listing folders and zips, reading tables");
    visit("read", c.read, "mapping and inflating");
    visit("parse", c.parse, "MIDI to notes, pedal applied");
    visit("check", c.check, "limits, filters, hash");
    visit("encode", c.encode, "counting the tokens");
    visit("write", c.write, "the dataset, to the disk");
  }
};

// With `append`, what was added: only kept_pieces tells of what was there.
struct PrepareReport {
  std::int64_t pieces = 0, notes = 0;
  double hours = 0;         // of music
  std::int64_t tokens = 0;  // in the `performance` vocabulary
  std::array<std::int64_t, kSplits> split_pieces{}, split_tokens{};
  std::int64_t kept_pieces = 0;   // in the dataset before
  std::int64_t bytes = 0;         // of MIDI, unpacked
  std::vector<FileReport> files;  // in the order of the dataset, skipped ones among them
  PrepareTimes times;
  double seconds = 0;
};

// A bad file is skipped and listed; none left is an Error, and no file is written. Same input, same
// options: same bytes, whatever the number of threads or the order of the file system.
// Of performances with the same notes the first by name is taken.
//
// Memory, on any number of threads: 14 bytes a note up to kNotesInMemory, the notes beyond them on
// the disk; some 250 bytes a file, in a zip 300 more that are libzip's; a few megabytes for each
// thread. Measured with /usr/bin/time -v on a million files of 20 notes: 647 MB at the most from
// one zip, 590 MB from folders, where 200 MB and 24 bytes a note would be 680 MB.
Expected<PrepareReport> prepare(const PrepareOptions& options, const ProgressFunction& progress);

}  // namespace pno::corpus
