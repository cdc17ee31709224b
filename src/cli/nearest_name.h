#pragma once

// The most similar name, for suggestions in error messages.

#include <optional>
#include <span>
#include <string_view>

namespace pno::cli {

// The element of `names` with the smallest edit distance to `wanted` (insertions, deletions and
// replacements of a character; Levenshtein 1966); the first if there are several. `names` is not
// empty.
std::string_view nearest_name(std::string_view wanted, std::span<const std::string_view> names);

// The same if it is close enough to be meant: at most 2 edits, or a third of the length of `wanted`
// without dashes at its start (1 edit if that is shorter than 4). nullopt if none is.
std::optional<std::string_view> close_name(std::string_view wanted,
                                           std::span<const std::string_view> names);

}  // namespace pno::cli
