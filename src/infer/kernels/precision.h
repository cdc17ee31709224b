#pragma once

// Storage precision of what the engine reads for every token: weights, relative tables, and the
// keys and values in the cache. Norms, residuals and logits are float32 in every precision.

#include <array>
#include <cstdint>

namespace pno::infer {

enum class Precision : std::uint8_t {
  automatic,  // the fastest on this processor: int8, or f32 without SIMD
  f32,        // straight from the mapped file
  bf16,       // half the bytes; weights rounded to 8 bits of mantissa, activations float32
  int8,       // a quarter; one scale for each row of weights, token, key and value
};
constexpr auto enum_names(Precision /*unused*/) {
  return std::array{"auto", "f32", "bf16", "int8"};
}

}  // namespace pno::infer
