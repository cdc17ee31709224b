#pragma once

// The music of files, folders, zips and datasets in memory, for commands that measure a set of
// pieces without a dataset of their own.

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "corpus/piece.h"
#include "midi/read_options.h"

namespace pno::corpus {

struct UnreadFile {
  std::string file, reason;
};

struct LoadedMusic {
  // Notes with their parts merged, sorted by (start, pitch). MIDI files first, sorted by name, then
  // the pieces of datasets.
  std::vector<Piece> pieces;
  std::vector<UnreadFile> skipped;
};

// Takes what prepare() takes, and datasets with all their pieces. A bad file is skipped and listed.
// Returns an error for a source that is missing, if no file has music, or after an interrupt.
Expected<LoadedMusic> load_music(const std::vector<std::filesystem::path>& sources,
                                 const midi::ReadOptions& options);

}  // namespace pno::corpus
