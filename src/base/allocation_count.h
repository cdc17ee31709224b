#pragma once

// For tests: how often, and how much at once, the whole program has taken memory by `new`.

#include <cstddef>
#include <cstdint>

namespace pno {

std::int64_t allocation_count();

// The greatest since the program began, or forgot.
std::size_t largest_allocation_bytes();
void forget_largest_allocation();

}  // namespace pno
