#pragma once

// The list of files that a dataset is made from, with what tables and licences beside them say.

#include <cstdint>
#include <string>
#include <vector>

#include "corpus/sources/archive_store.h"
#include "corpus/sources/maestro_table.h"

namespace pno::corpus {

inline constexpr int kNone = -1;

struct SourceFile {
  Location location;
  int source = 0;           // its place in the list of sources as the caller named them
  int corpus = kNone;       // of Sources::corpora
  int row = kNone;          // of Sources::rows
  int table = kNone;        // of Sources::tables: the one that lists it
  int licence = kNone;      // of Sources::licences
  int unlisted_in = kNone;  // of Sources::tables: one lies above the file, but does not list it
};

// A table of MIDI files that was found, and what is wrong with it.
struct SourceTable {
  std::string name;
  bool is_read = false;
  std::string reason;  // clauses: why it was not read, or what is missing in it; may be empty
  std::int64_t split_by_content = 0;  // files below its folder for which it says no split
};

// A file that will not be read.
struct SourceRemark {
  std::string name, reason;
};

struct Sources {
  std::vector<SourceFile> files;     // sorted by the bytes of their names, none twice
  std::vector<std::string> corpora;  // the names of zips and folders
  std::vector<TableRow> rows;
  std::vector<SourceTable> tables;
  std::vector<std::string> licences;  // first lines of the LICENSE files
  std::vector<SourceRemark> remarks;
};

}  // namespace pno::corpus
