#pragma once

// Checks of output file names, before a command does any work.

#include <filesystem>
#include <vector>

#include "base/error.h"

namespace pno::cli {

enum class FileKind { midi, dataset, model, json, text, picture, sound, page };

// Returns a usage error if the name is empty or names a folder, if the file is one of `inputs`, or
// if it exists and is of another kind, so that a typing error does not overwrite a model. An empty
// file, or one that is not regular (/dev/null), may be written as any kind; stdout as any kind but
// a dataset, which is read again, and sound, whose header is written last.
Expected<void> check_output(const std::filesystem::path& output, FileKind kind,
                            const std::vector<std::filesystem::path>& inputs);

// OUT.mid; OUT-1.mid, OUT-2.mid, … if there are several files.
std::filesystem::path numbered(const std::filesystem::path& path, int index, int count);

}  // namespace pno::cli
