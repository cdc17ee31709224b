#pragma once

// In which numbers the engine keeps what it reads for every token: weights, relative tables, and
// the keys and values of the music so far. Sums, norms and logits are float32 in all of them.

#include <array>
#include <cstdint>

namespace pno::infer {

enum class Precision : std::uint8_t {
  automatic,  // what plays fastest here: int8, or f32 where there is no SIMD
  f32,        // straight from the mapped file
  bf16,       // half the bytes; weights rounded to 8 bits of mantissa, activations float32
  int8,       // a quarter; a scale for each row of weights, each token, each key and each value
};
constexpr auto enum_names(Precision /*unused*/) {
  return std::array{"auto", "f32", "bf16", "int8"};
}

}  // namespace pno::infer
