#pragma once

// The files of a corpus: the MIDI files in files, folders and zips, in one order that depends
// on their names alone, with what tables and licences beside them say.

#include <filesystem>
#include <vector>

#include "corpus/sources/archive_store.h"
#include "corpus/sources/source_files.h"

namespace pno::corpus {

// Folders are searched to the bottom, symbolic links followed, each folder once; files ending in
// .mid, .midi, .kar, .rmi (in capitals too) are taken, and .zip archives opened, and zips in those,
// but no deeper. A file that is named itself is taken whatever its name: as a zip or a MAESTRO
// table if it is one (then with the files that the table lists), else as MIDI. A MAESTRO table, in
// CSV or JSON, tells of the files below its folder; a LICENSE file too. A table above a source is
// not read, but told of in Sources::tables. Returns an error for a source that is not there, and
// when interrupted.
Expected<Sources> find_sources(const std::vector<std::filesystem::path>& paths,
                               ArchiveStore& archives);

}  // namespace pno::corpus
