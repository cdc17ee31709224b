#pragma once

// Which SIMD instructions the engine uses. Every operation is compiled for several targets; the
// best one of this processor is taken, or the one that the environment variable PNO_SIMD names.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace pno::infer {

// The targets of this build that this processor has, the best first: "avx3_dl" (AVX-512 with VNNI),
// "avx3", "avx2", "sse4", "scalar".
const std::vector<std::string>& simd_targets();

// The target in use: what a dispatched function says that it was compiled for.
std::string simd_target();

// Uses a target from now on, in the whole process. Fails for one that is not in simd_targets().
Expected<void> use_simd_target(std::string_view name);

// Uses what PNO_SIMD names, where it is set and not empty.
Expected<void> use_simd_target_of_environment();

}  // namespace pno::infer
