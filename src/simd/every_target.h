#pragma once

// Runs a test on every SIMD target of this processor.

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"
#include "simd/simd_target.h"

namespace pno::simd {

template <class Test>
void on_every_target(const Test& test) {
  for (const auto& target : targets()) {
    SCOPED_TRACE(target);
    ASSERT_TRUE(use_target(target).has_value());
    test();
  }
  ASSERT_TRUE(use_target(targets().front()).has_value());
}

inline std::vector<float> random_numbers(std::size_t size, std::uint64_t seed) {
  RandomStream random(seed, 0);
  std::vector<float> numbers(size);
  for (auto& number : numbers) number = static_cast<float>(random.normal());
  return numbers;
}

}  // namespace pno::simd
