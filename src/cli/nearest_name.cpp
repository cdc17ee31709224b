#include "cli/nearest_name.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/error.h"

namespace pno::cli {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  // row[j]: the distance of the first i characters of a and the first j of b.
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest_name(std::string_view wanted, std::span<const std::string_view> names) {
  PNO_CHECK(!names.empty(), "there are names to choose from");
  return *std::min_element(names.begin(), names.end(), [&](auto a, auto b) {
    return distance(wanted, a) < distance(wanted, b);
  });
}

std::optional<std::string_view> close_name(std::string_view wanted,
                                           std::span<const std::string_view> names) {
  if (names.empty()) return std::nullopt;
  const auto nearest = nearest_name(wanted, names);
  const auto bare = wanted.substr(std::min(wanted.find_first_not_of('-'), wanted.size()));
  constexpr std::size_t kShort = 4;
  const std::size_t most = bare.size() < kShort ? 1 : std::max<std::size_t>(2, bare.size() / 3);
  if (distance(wanted, nearest) > most) return std::nullopt;
  return nearest;
}

}  // namespace pno::cli
