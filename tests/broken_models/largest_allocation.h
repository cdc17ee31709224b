#pragma once

// The most memory that the whole program has taken at once by `new`.

#include <cstddef>

namespace pno::broken_models {

std::size_t largest_allocation();
void forget_allocations();

}  // namespace pno::broken_models
