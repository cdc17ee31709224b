#pragma once

// What a corpus is made of: the MIDI files in files, folders and zips, in one order that depends
// on their names alone, with what tables and licences beside them say.

#include <filesystem>
#include <string>
#include <vector>

#include "corpus/archive_store.h"
#include "corpus/maestro_table.h"

namespace pno::corpus {

inline constexpr int kNone = -1;

struct SourceFile {
  Location location;
  int row = kNone;          // of Sources::rows
  int licence = kNone;      // of Sources::licences
  int unlisted_in = kNone;  // of Sources::tables: one lies above the file, but does not list it
};

// A file that will not be read, or a table with a problem.
struct SourceRemark {
  std::string name, reason;
};

struct Sources {
  std::vector<SourceFile> files;  // sorted by the bytes of their names, none twice
  std::vector<TableRow> rows;
  std::vector<std::string> tables;    // their names
  std::vector<std::string> licences;  // first lines of the LICENSE files
  std::vector<SourceRemark> remarks;
};

// Folders are searched to the bottom, symbolic links followed, each folder once; files ending in
// .mid, .midi, .kar, .rmi (in capitals too) are taken, and .zip archives opened, and zips in those,
// but no deeper. A file that is named itself is taken whatever its name: as a zip or a MAESTRO
// table where it is one (then with the files that the table lists), else as MIDI. A MAESTRO table,
// in CSV or JSON, tells of the files below its folder; a LICENSE file too. Fails for a source that
// is not there, and when interrupted.
Expected<Sources> find_sources(const std::vector<std::filesystem::path>& paths,
                               ArchiveStore& archives);

}  // namespace pno::corpus
