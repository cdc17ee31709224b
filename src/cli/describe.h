#pragma once

// The answer of `pno info` for each kind of file. Returns an error if the file cannot be read.

#include <cstddef>
#include <filesystem>
#include <span>

#include "cli/program.h"

namespace pno::cli {

Expected<Answer> describe_midi(const std::filesystem::path& path, std::span<const std::byte> bytes);
Expected<Answer> describe_dataset(const std::filesystem::path& path);
Expected<Answer> describe_model(const std::filesystem::path& path);

}  // namespace pno::cli
