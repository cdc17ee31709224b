#pragma once

// Choices of the caller of prepare().

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "corpus/prepare/filters.h"
#include "corpus/sources/archive_store.h"
#include "corpus/splits.h"
#include "midi/read_options.h"

namespace pno::corpus {

struct PrepareOptions {
  std::vector<std::filesystem::path> sources;
  std::filesystem::path output;
  midi::ReadOptions read;
  SplitPercents split_percent = {90, 5, 5};  // if no CSV or JSON says the split
  int threads = 0;                           // 0: one for each core
  bool append = false;
  // Datasets whose validation and test pieces (or all, if they have only training pieces) must not
  // be trained on: music that matches them is left out of the training split.
  std::vector<std::filesystem::path> hold_out;
  bool keep_duplicates = false;
  std::string corpus, licence;
  MusicKind kind = MusicKind::unknown;
  Filters filters;
  ReadLimits limits;
  std::int64_t max_notes_per_second = 1000;  // 0: no limit

  // The options that are one value each; those above without a line here have flags of their own.
  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("append", c.append,
          "add to the dataset if it is there: its pieces and their splits stay as they are");
    visit("keep_duplicates", c.keep_duplicates,
          "keep all copies of a recording; else only one, an evaluated one if there is one");
    visit("corpus", c.corpus, "name of the collection; default: that of the zip or folder");
    visit("kind", c.kind, "how the performances came to be notes");
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

}  // namespace pno::corpus
