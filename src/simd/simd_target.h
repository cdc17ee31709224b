#pragma once

// The SIMD target (instruction set) in use. Every kernel is compiled for several targets; the best
// one that this processor supports is used, or the one that the environment variable PNO_SIMD
// names.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "simd/bf16_unit.h"

namespace pno::simd {

// The targets of this build that this processor supports, the best first: "amx_bf16", "avx3_bf16",
// "avx3_dl" (AVX-512 with VNNI), "avx3", "avx2", "sse4", "scalar". The first two are "avx3_dl" with
// instructions for products of bf16 (bf16_matrix.h).
const std::vector<std::string>& targets();

// The target in use, as a dispatched function reports it.
std::string current_target();

// The instructions for bf16 of the target in use.
Bf16Unit bf16_unit();
// True if they are faster than products in float32.
bool has_fast_bf16();

// Uses a target from now on, in the whole process. Returns an error if it is not in targets().
Expected<void> use_target(std::string_view name);

// Uses the target that PNO_SIMD names, if it is set and not empty.
Expected<void> use_target_of_environment();

}  // namespace pno::simd
