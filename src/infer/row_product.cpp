#include "infer/row_product.h"

#include <cstddef>

#include "infer/kernels/aligned_array.h"
#include "infer/kernels/matrix_ops.h"
#include "infer/kernels/panel_ops.h"
#include "infer/kernels/quantise.h"

namespace pno::infer {

void multiply_row(const Linear& linear, Precision precision, std::span<const float> x,
                  std::span<float> out) {
  const auto M = static_cast<std::size_t>(linear.rows);
  const auto K = static_cast<std::size_t>(linear.columns);
  if (precision == Precision::f32) {
    return multiply({.x = {x.data(), K},
                     .w = {linear.weight, K},
                     .out = {out.data(), M},
                     .N = 1,
                     .M = M,
                     .K = K,
                     .bias = linear.bias});
  }
  AlignedArray<std::byte> values(precision == Precision::int8 ? quantised_bytes(K) : 0);
  float row_scale = 0;
  std::int32_t sum = 0;
  QuantisedRows quantised;
  if (precision == Precision::int8) {
    quantised = {values.get(), quantised_bytes(K), &row_scale, &sum};
    quantise({x.data(), K}, 1, K, quantised);
  }
  multiply_panels({.x = {x.data(), K},
                   .quantised = quantised,
                   .w = linear.panels,
                   .out = {out.data(), M},
                   .N = 1,
                   .M = M,
                   .K = K,
                   .bias = linear.bias});
}

}  // namespace pno::infer
