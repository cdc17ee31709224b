#pragma once

// A TOML file without tables: keys, and integers or texts as their values.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace pno::cli {

// The keys and their values as text. Returns an error that names the file and the line if it is
// not TOML, or if a value is of another type.
Expected<std::vector<std::pair<std::string, std::string>>> read_flat_toml(
    const std::filesystem::path& path);

}  // namespace pno::cli
