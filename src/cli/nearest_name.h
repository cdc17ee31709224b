#pragma once

// Which name was meant.

#include <span>
#include <string_view>

namespace pno::cli {

// The one of `names` (not empty) that the fewest insertions, deletions and replacements of a
// character turn into `wanted` (Levenshtein 1966); the first of several.
std::string_view nearest_name(std::string_view wanted, std::span<const std::string_view> names);

}  // namespace pno::cli
