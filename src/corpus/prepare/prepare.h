#pragma once

// Files, folders and zips to a dataset file.

#include "base/error.h"
#include "base/progress.h"
#include "corpus/prepare/prepare_options.h"
#include "corpus/prepare/prepare_report.h"

namespace pno::corpus {

// A bad file is skipped and listed. Returns an error, and does not write a file, if no file is
// left. The same input and options give the same bytes, with any number of threads and in any order
// of the file system. Of several performances with the same notes, the first by name is taken, or
// all if one table lists them. Of several copies of one recording, one is taken (music_links.h).
// The music of all pieces is compared (overlap.h): without a table, pieces that match are in one
// split.
//
// Memory, on any number of threads: 14 bytes a note (15 with parts) up to kNotesInMemory, the notes
// beyond them are on the disk; about 250 bytes a file, 550 in a zip; a few megabytes for each
// thread. Measured with /usr/bin/time -v on a million files of 20 notes: at most 647 MB from one
// zip and 590 MB from folders.
Expected<PrepareReport> prepare(const PrepareOptions& options, const ProgressFunction& progress);

}  // namespace pno::corpus
