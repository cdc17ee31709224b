#pragma once

// Numbers as the bytes that panels (infer/kernels/panels.h) hold, in SIMD. Lengths and addresses
// are free.

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace pno::infer {

inline constexpr int kByteOffset = 128;     // added to what a byte stores
inline constexpr float kLargestByte = 127;  // before it is added

// The scale that takes the largest of |x| to 127; 0 where all are 0, not finite where one is not.
float scale_of(const float* x, std::size_t size);
// 1 / scale; 0 where that would be infinite.
inline float inverse_of(float scale) {
  constexpr float kLeastScale = 1e-38F;
  return scale > kLeastScale ? 1 / scale : 0;
}

// x rounded to the nearest whole number, ties to even; 0 where that is beyond 2^22, or x is none.
inline std::int32_t nearest_whole(float x) {
  constexpr float kMost = 4194304;
  return std::abs(x) <= kMost ? static_cast<std::int32_t>(std::nearbyint(x)) : 0;
}

// bytes = x · inverse, rounded to the nearest (ties to even), and 128; |x · inverse| is 127 at
// most.
void to_bytes(const float* x, std::size_t size, float inverse, std::uint8_t* bytes);

}  // namespace pno::infer
