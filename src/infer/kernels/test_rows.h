#pragma once

// Room for activations in int8, for tests.

#include "infer/kernels/aligned_array.h"
#include "infer/kernels/quantise.h"

namespace pno::infer {

// N rows of K numbers.
struct Quantised {
  Quantised(std::size_t N, std::size_t K)
      : numbers(N * quantised_bytes(K)),
        scales(N),
        sums(N),
        rows{numbers.get(), quantised_bytes(K), scales.get(), sums.get()} {}
  AlignedArray<std::byte> numbers;
  FloatArray scales;
  AlignedArray<std::int32_t> sums;
  QuantisedRows rows;
};

}  // namespace pno::infer
