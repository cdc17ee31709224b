#pragma once

// For tests: the number of calls of `new` in the program, and the largest one.

#include <cstddef>
#include <cstdint>

namespace pno {

std::int64_t allocation_count();

// Since the program began, or since forget_largest_allocation().
std::size_t largest_allocation_bytes();
void forget_largest_allocation();

}  // namespace pno
