#include "live/figures.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace pno::live {

double Delays::percentile_ms(double share) const {
  const std::size_t size = std::min(count(), kKept);
  if (size == 0) return 0;
  std::vector<std::int32_t> values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = values_[i].load(std::memory_order_relaxed);
  const auto rank = std::min(size - 1, static_cast<std::size_t>(share * static_cast<double>(size)));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), at, values.end());
  return *at * 1e-3;
}

}  // namespace pno::live
