#include "train/layers/chunk_products.h"

#include <ATen/Parallel.h>

#include <algorithm>

namespace pno::train {
namespace {

using torch::Tensor;

ConstMatrix rows_of(const Tensor& matrix) {
  return {matrix.data_ptr<float>(), matrix.stride(0)};
}

Tensor floats(std::size_t count, const Tensor& like) {
  return torch::empty({static_cast<std::int64_t>(count)}, like.options().requires_grad(false));
}

}  // namespace

PackedWeight::PackedWeight(const Tensor& matrix, bool is_transposed)
    : depth_(matrix.size(is_transposed ? 1 : 0)),
      columns_(matrix.size(is_transposed ? 0 : 1)),
      packed_(floats(packed_floats(depth_, columns_), matrix)) {
  constexpr std::int64_t kGrain = 1 << 15;  // least elements per thread
  const auto whole = matrix.contiguous();
  const MatrixToPack from{whole.data_ptr<float>(), depth_, columns_, is_transposed};
  auto* const to = packed_.data_ptr<float>();
  const auto panels = (columns_ + kPackedColumns - 1) / kPackedColumns;
  const auto panels_a_thread = std::max<std::int64_t>(1, kGrain / (kPackedColumns * depth_));
  at::parallel_for(0, panels, panels_a_thread, [&](std::int64_t first, std::int64_t end) {
    pack(from, first * kPackedColumns, std::min(end * kPackedColumns, columns_), to);
  });
}

void PackedWeight::multiply(const Tensor& rows, const Tensor& out) const {
  train::multiply(rows_of(rows), {packed_.data_ptr<float>(), depth_, columns_},
                  {out.data_ptr<float>(), out.stride(0)}, rows.size(0));
}

WeightGradient::WeightGradient(const Tensor& sum)
    : sum_(sum), scratch_(floats(transposed_scratch_floats(sum.size(0), sum.size(1)), sum)) {}

void WeightGradient::add(const Tensor& gradient, const Tensor& rows) const {
  add_transposed_product({.a = rows_of(gradient),
                          .b = rows_of(rows),
                          .rows = rows.size(0),
                          .M = sum_.size(0),
                          .N = sum_.size(1)},
                         scratch_.data_ptr<float>(), sum_.data_ptr<float>());
}

}  // namespace pno::train
