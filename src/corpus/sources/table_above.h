#pragma once

// Tables that lie above the sources: a subfolder of MAESTRO has none of its own, and the splits of
// its files are in the folder above it.

#include <string>
#include <vector>

#include "corpus/sources/source_files.h"

namespace pno::corpus {

// `named` are the sources on disk. If no table tells of the files of one, but a table in one of the
// three folders above it lists some of them, that table is added to Sources::tables as one that is
// not read.
void look_above(const std::vector<std::string>& named, Sources& sources);

}  // namespace pno::corpus
