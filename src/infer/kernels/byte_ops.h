#pragma once

// float32 values to the int8 bytes of packed panels (infer/kernels/panels.h), in SIMD. Any length
// and alignment. Do not allocate, lock or throw.

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace pno::infer {

inline constexpr int kByteOffset = 128;  // a byte stores the int8 value plus this
inline constexpr float kMaxInt8 = 127;   // of |value|, without the offset

// max |x[i]| / 127. 0 if all are 0; not finite if any x[i] is not finite.
float int8_scale(const float* x, std::size_t size);
// 1 / scale; 0 if that would be infinite.
inline float inverse_scale(float scale) {
  constexpr float kMinScale = 1e-38F;
  return scale > kMinScale ? 1 / scale : 0;
}

// The nearest integer, ties to even; 0 if |x| > 2^22 or x is NaN.
inline std::int32_t round_to_int(float x) {
  constexpr float kMax = 4194304;
  return std::abs(x) <= kMax ? static_cast<std::int32_t>(std::nearbyint(x)) : 0;
}

// bytes[i] = round(x[i] · inverse) + 128, ties to even. |x[i] · inverse| is at most 127.
void to_offset_bytes(const float* x, std::size_t size, float inverse, std::uint8_t* bytes);

}  // namespace pno::infer
