#pragma once

// Files, folders and zips to a dataset file.

#include "base/error.h"
#include "base/progress.h"
#include "corpus/prepare/prepare_options.h"
#include "corpus/prepare/prepare_report.h"

namespace pno::corpus {

// A bad file is skipped and listed. Returns an error if none is left, and writes no file. Same
// input, same options: same bytes, whatever the number of threads or the order of the file system.
// Of performances with the same notes the first by name is taken, but all that one table lists; of
// copies of one recording one (music_links.h says which). The music of all pieces is compared
// (overlap.h): without a table, pieces that match are in one split.
//
// Memory, on any number of threads: 14 bytes a note (15 with parts) up to kNotesInMemory, the notes
// beyond them on the disk; some 250 bytes a file, in a zip 300 more that are libzip's; a few
// megabytes for each thread. Measured with /usr/bin/time -v on a million files of 20 notes: 647 MB
// at the most from one zip, 590 MB from folders, where 200 MB and 24 bytes a note would be 680 MB.
Expected<PrepareReport> prepare(const PrepareOptions& options, const ProgressFunction& progress);

}  // namespace pno::corpus
