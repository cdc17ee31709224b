#pragma once

// The SIMD instructions in use. Every kernel is compiled for several targets; the best one that
// this processor has is taken, or the one that the environment variable PNO_SIMD names.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace pno::simd {

// The targets of this build that this processor has, the best first: "avx3_dl" (AVX-512 with VNNI),
// "avx3", "avx2", "sse4", "scalar".
const std::vector<std::string>& targets();

// The target in use: what a dispatched function says that it was compiled for.
std::string current_target();

// Uses a target from now on, in the whole process. Fails for one that is not in targets().
Expected<void> use_target(std::string_view name);

// Uses what PNO_SIMD names, where it is set and not empty.
Expected<void> use_target_of_environment();

}  // namespace pno::simd
