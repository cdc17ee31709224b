#pragma once

// Memory for quantised activations, for tests.

#include "infer/kernels/aligned_array.h"
#include "infer/kernels/quantise.h"

namespace pno::infer {

// N rows of K values.
struct QuantisedBuffer {
  QuantisedBuffer(std::size_t N, std::size_t K)
      : values(N * quantised_bytes(K)),
        scales(N),
        sums(N),
        rows{values.get(), quantised_bytes(K), scales.get(), sums.get()} {}
  AlignedArray<std::byte> values;
  FloatArray scales;
  AlignedArray<std::int32_t> sums;
  QuantisedRows rows;
};

}  // namespace pno::infer
