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

}  // namespace pno::cli
