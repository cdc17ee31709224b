#pragma once

// Names of files to write, looked at before any work is done.

#include <filesystem>
#include <vector>

#include "base/error.h"

namespace pno::cli {

enum class FileKind { midi, dataset, model, json, text, picture, sound };

// Fails, as a wrong call, for an empty name or that of a folder, for a file that is one of
// `inputs`, and for one that is there and of another kind than what will be written: a model is not
// lost to a slip of the hand. An empty file, or what is no regular file (/dev/null), is of any
// kind.
Expected<void> check_output(const std::filesystem::path& output, FileKind kind,
                            const std::vector<std::filesystem::path>& inputs);

}  // namespace pno::cli
