#pragma once

// The files of a corpus: the MIDI files in files, folders and zips, in one order that depends
// on their names alone, with what tables and licences beside them say.

#include <filesystem>
#include <vector>

#include "corpus/sources/archive_store.h"
#include "corpus/sources/source_files.h"

namespace pno::corpus {

// Folders are searched with all folders in them, each once; symbolic links are followed. Files
// whose names end in .mid, .midi, .kar or .rmi (in upper or lower case) are taken. .zip archives
// are opened, and zips in them, but not zips in those. A file that `paths` names is taken with any
// name: as a zip, as a MAESTRO table (with the files that it lists), otherwise as MIDI. A MAESTRO
// table, in CSV or JSON, and a LICENSE file describe the files below their folder. A table above a
// source is not read; Sources::tables lists it. Returns an error for a source that does not exist,
// and if interrupted.
Expected<Sources> find_sources(const std::vector<std::filesystem::path>& paths,
                               ArchiveStore& archives);

}  // namespace pno::corpus
