#include "train/layers/chunk_products.h"

#include <ATen/Parallel.h>

#include <algorithm>

namespace pno::train {
namespace {

using torch::Tensor;

ConstMatrix rows_of(const Tensor& matrix) {
  return {matrix.data_ptr<float>(), matrix.stride(0)};
}

simd::FloatMatrix matrix_of(const Tensor& matrix) {
  return {matrix.data_ptr<float>(), matrix.stride(0), matrix.size(0), matrix.size(1)};
}

Tensor floats(std::size_t count, const Tensor& like) {
  return torch::empty({static_cast<std::int64_t>(count)}, like.options().requires_grad(false));
}

Tensor bf16(std::size_t count) {
  return torch::empty({static_cast<std::int64_t>(count)}, torch::kBFloat16);
}
simd::Bf16* bits_of(const Tensor& memory) {
  return reinterpret_cast<simd::Bf16*>(memory.data_ptr<at::BFloat16>());
}

// Calls pack(first, end) for ranges of columns that begin at multiples of `alignment`.
template <class Pack>
void for_columns(std::int64_t columns, std::int64_t depth, std::int64_t alignment,
                 const Pack& pack) {
  constexpr std::int64_t kGrain = 1 << 15;  // least elements per thread
  const auto parts = (columns + alignment - 1) / alignment;
  const auto parts_a_thread = std::max<std::int64_t>(1, kGrain / (alignment * depth));
  at::parallel_for(0, parts, parts_a_thread, [&](std::int64_t first, std::int64_t end) {
    pack(first * alignment, std::min(end * alignment, columns));
  });
}

Tensor packed_floats_of(const Tensor& matrix, std::int64_t depth, std::int64_t columns,
                        bool is_transposed) {
  auto packed = floats(packed_floats(depth, columns), matrix);
  const MatrixToPack from{matrix.data_ptr<float>(), depth, columns, is_transposed};
  auto* const to = packed.data_ptr<float>();
  for_columns(columns, depth, kPackedColumns,
              [&](std::int64_t first, std::int64_t end) { pack(from, first, end, to); });
  return packed;
}

Tensor packed_bf16_of(const Tensor& matrix, std::int64_t depth, std::int64_t columns,
                      bool is_transposed) {
  auto packed = bf16(simd::bf16_right_size(depth, columns));
  for_columns(columns, depth, simd::kBf16Panel, [&](std::int64_t first, std::int64_t end) {
    auto part = matrix_of(matrix);
    auto* const to = bits_of(packed) + first * simd::bf16_depth(depth);
    if (is_transposed) {
      part.data += first * part.stride;
      part.rows = end - first;
      simd::pack_right_transposed_bf16(part, to);
    } else {
      part.data += first;
      part.columns = end - first;
      simd::pack_right_bf16(part, to);
    }
  });
  return packed;
}

}  // namespace

simd::Bf16* Bf16Memory::take(std::size_t size) {
  if (!memory_.defined() || memory_.numel() < static_cast<std::int64_t>(size)) memory_ = bf16(size);
  return bits_of(memory_);
}

PackedWeight::PackedWeight(const Tensor& matrix, bool is_transposed, Precision precision)
    : depth_(matrix.size(is_transposed ? 1 : 0)),
      columns_(matrix.size(is_transposed ? 0 : 1)),
      precision_(precision) {
  const auto pack_matrix = precision == Precision::bf16 ? packed_bf16_of : packed_floats_of;
  packed_ = pack_matrix(matrix.contiguous(), depth_, columns_, is_transposed);
}

void PackedWeight::multiply(const Tensor& rows, const Tensor& out, Bf16Memory& memory) const {
  if (precision_ != Precision::bf16) {
    train::multiply(rows_of(rows), {packed_.data_ptr<float>(), depth_, columns_},
                    {out.data_ptr<float>(), out.stride(0)}, rows.size(0));
    return;
  }
  const auto stride = simd::bf16_stride(depth_);
  auto* const left = memory.take(simd::bf16_left_size(rows.size(0), depth_));
  simd::pack_left_bf16(matrix_of(rows), left, stride);
  simd::multiply_bf16({.left = left,
                       .left_stride = stride,
                       .right = bits_of(packed_),
                       .right_stride = simd::bf16_depth(depth_) * simd::kBf16Panel,
                       .rows = rows.size(0),
                       .depth = simd::bf16_depth(depth_),
                       .columns = columns_,
                       .sums = out.data_ptr<float>(),
                       .sums_stride = out.stride(0),
                       .accumulate = false});
}

WeightGradient::WeightGradient(const Tensor& sum, Precision precision)
    : sum_(sum), precision_(precision) {
  const auto M = sum.size(0), K = sum.size(1);
  scratch_ = precision == Precision::bf16
                 ? bf16(simd::bf16_left_size(M, kChunkRows) + simd::bf16_right_size(kChunkRows, K))
                 : floats(transposed_scratch_floats(M, K), sum);
}

void WeightGradient::add(const Tensor& gradient, const Tensor& rows) const {
  const auto n = rows.size(0), M = sum_.size(0), K = sum_.size(1);
  if (precision_ != Precision::bf16) {
    add_transposed_product({.a = rows_of(gradient), .b = rows_of(rows), .rows = n, .M = M, .N = K},
                           scratch_.data_ptr<float>(), sum_.data_ptr<float>());
    return;
  }
  const auto stride = simd::bf16_stride(kChunkRows);
  auto* const right = bits_of(scratch_);
  auto* const left = right + simd::bf16_right_size(kChunkRows, K);
  simd::pack_left_transposed_bf16(matrix_of(gradient), left, stride);
  simd::pack_right_bf16(matrix_of(rows), right);
  simd::multiply_bf16({.left = left,
                       .left_stride = stride,
                       .right = right,
                       .right_stride = simd::bf16_depth(n) * simd::kBf16Panel,
                       .rows = M,
                       .depth = simd::bf16_depth(n),
                       .columns = K,
                       .sums = sum_.data_ptr<float>(),
                       .sums_stride = K,
                       .accumulate = true});
}

}  // namespace pno::train
