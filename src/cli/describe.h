#pragma once

// What `pno info` says of a file, for each kind of file that pno knows.

#include <cstddef>
#include <filesystem>
#include <span>

#include "cli/program.h"

namespace pno::cli {

Expected<Answer> describe_midi(const std::filesystem::path& path, std::span<const std::byte> bytes);
Expected<Answer> describe_dataset(const std::filesystem::path& path);
Expected<Answer> describe_model(const std::filesystem::path& path);

}  // namespace pno::cli
