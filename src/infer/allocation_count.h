#pragma once

// For tests: how often the whole program has taken memory by `new`.

#include <cstdint>

namespace pno::infer {

std::int64_t allocation_count();

}  // namespace pno::infer
