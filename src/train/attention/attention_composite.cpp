#include "train/attention/attention_composite.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "train/attention/attention_composite_block.h"
#include "train/kernels/blas.h"

namespace pno::train::composite {
namespace {

using torch::Tensor;

// Head `unit` in part `part` of x [B, T, parts·A]: a view [1, T, D].
Tensor head_columns(const Tensor& x, std::int64_t unit, std::int64_t heads, std::int64_t part,
                    std::int64_t head_width) {
  return x.select(0, unit / heads)
      .narrow(1, (part * heads + unit % heads) * head_width, head_width)
      .unsqueeze(0);
}

// Calls work(unit) for each (batch element, head) pair, in parallel.
template <class Work>
void for_each_unit(std::int64_t units, const Work& work) {
  const OneBlasThread guard;
  at::parallel_for(0, units, 1, [&](std::int64_t begin, std::int64_t end) {
    const torch::NoGradGuard no_grad;
    for (std::int64_t unit = begin; unit < end; ++unit) work(unit);
  });
}

// The rows of a table [H, R, D] for the distances T-1 … 0 of T positions: [H, T, D].
Tensor distance_band(const Tensor& table, std::int64_t length, bool clipped) {
  if (!table.defined()) return table;
  const auto rows = table.size(1), known = std::min(rows, length);
  const auto band = table.narrow(1, 0, known).flip(1);
  if (known == length) return band;
  const auto far =
      clipped ? table.narrow(1, rows - 1, 1).expand({-1, length - known, -1})
              : torch::zeros({table.size(0), length - known, table.size(2)}, table.options());
  return torch::cat({far, band}, 1);
}

// The gradient of a table from the gradients of its band in all pairs, [B·H, T, D].
Tensor table_gradient(const Tensor& table, const Tensor& band_parts, bool clipped) {
  if (!table.defined()) return table;
  const auto band =
      band_parts.view({-1, table.size(0), band_parts.size(1), table.size(2)}).sum(0);  // [H, T, D]
  const auto length = band.size(1), known = std::min(table.size(1), length);
  auto gradient = torch::zeros_like(table);
  gradient.narrow(1, 0, known).copy_(band.narrow(1, length - known, known).flip(1));
  if (clipped && known < length) {
    gradient.select(1, known - 1).add_(band.narrow(1, 0, length - known).sum(1));
  }
  return gradient;
}

// The inputs of an attention, with tables as bands, for one pair at a time or all pairs at once.
struct Pairs {
  const AttentionInputs& in;
  std::int64_t batch = in.batch(), length = in.length(), heads = in.heads(),
               head_width = in.head_width(), units = batch * heads;
  double scale = 1 / std::sqrt(static_cast<double>(head_width));
  Tensor key_band = distance_band(in.key_table, length, in.options.clipped);
  Tensor value_band = distance_band(in.value_table, length, in.options.clipped);
  std::vector<QueryBlock> blocks = query_blocks(length, in.options.block);
  bool at_once = in.options.way == AttentionWay::composite_at_once || !in.qkv.is_cpu();

  Heads unit(const Tensor& qkv, const Tensor& keys, const Tensor& values, std::int64_t unit) const {
    const auto columns = [&](std::int64_t part) {
      return head_columns(qkv, unit, heads, part, head_width);
    };
    const auto band = [&](const Tensor& of) {
      return of.defined() ? of.narrow(0, unit % of.size(0), 1) : of;
    };
    return {.q = columns(0),
            .k = columns(1),
            .v = columns(2),
            .key_band = band(keys),
            .value_band = band(values),
            .scale = scale,
            .first_unit = in.first_unit() + unit,
            .dropout = in.options.dropout};
  }
  Tensor unit_columns(const Tensor& x, std::int64_t unit) const {
    return head_columns(x, unit, heads, 0, head_width);
  }

  // Part `part` of x [B, T, parts·A] for all pairs: a copy [B·H, T, D].
  Tensor gathered(const Tensor& x, std::int64_t part, std::int64_t parts) const {
    return x.view({batch, length, parts, heads, head_width})
        .select(2, part)
        .transpose(1, 2)
        .reshape({units, length, head_width});
  }
  Tensor scattered(const Tensor& x) const {  // [B·H, T, D] → [B, T, A]
    return x.view({batch, heads, length, head_width})
        .transpose(1, 2)
        .reshape({batch, length, heads * head_width});
  }
  Heads all() const {
    const auto band = [&](const Tensor& of) {
      return of.defined() ? of.repeat({batch, 1, 1}) : of;
    };
    return {.q = gathered(in.qkv, 0, 3),
            .k = gathered(in.qkv, 1, 3),
            .v = gathered(in.qkv, 2, 3),
            .key_band = band(key_band),
            .value_band = band(value_band),
            .scale = scale,
            .first_unit = in.first_unit(),
            .dropout = in.options.dropout};
  }

  // Gradients of a band, one for each pair. They are summed at the end, so that the result does not
  // depend on the order of threads.
  Tensor band_parts(const Tensor& band) const {
    return band.defined() ? torch::zeros({units, length, head_width}, in.qkv.options()) : band;
  }
};

}  // namespace

AttentionOutput forward(const AttentionInputs& in) {
  const Pairs pairs{in};
  if (pairs.at_once) {
    const auto heads = pairs.all();
    const auto columns = torch::empty_like(heads.q);
    for (const auto& block : pairs.blocks) heads.forward(block, columns);
    return {pairs.scattered(columns), {}};
  }
  const auto out = torch::empty({pairs.batch, pairs.length, in.qkv.size(2) / 3}, in.qkv.options());
  for_each_unit(pairs.units, [&](std::int64_t unit) {
    const auto heads = pairs.unit(in.qkv, pairs.key_band, pairs.value_band, unit);
    const auto columns = pairs.unit_columns(out, unit);
    for (const auto& block : pairs.blocks) heads.forward(block, columns);
  });
  return {out, {}};
}

AttentionGradients backward(const AttentionInputs& in, const AttentionOutput& output,
                            const Tensor& out_gradient) {
  const Pairs pairs{in};
  const auto key_parts = pairs.band_parts(pairs.key_band),
             value_parts = pairs.band_parts(pairs.value_band);
  Tensor qkv_gradient;
  if (pairs.at_once) {
    const auto heads = pairs.all();
    Heads into{.q = torch::zeros_like(heads.q),
               .k = torch::zeros_like(heads.q),
               .v = torch::zeros_like(heads.q),
               .key_band = key_parts,
               .value_band = value_parts};
    const auto columns = pairs.gathered(output.out, 0, 1);
    const auto column_gradients = pairs.gathered(out_gradient, 0, 1);
    for (const auto& block : pairs.blocks) heads.backward(block, columns, column_gradients, into);
    qkv_gradient =
        torch::cat({pairs.scattered(into.q), pairs.scattered(into.k), pairs.scattered(into.v)}, -1);
  } else {
    qkv_gradient = torch::zeros_like(in.qkv);
    for_each_unit(pairs.units, [&](std::int64_t unit) {
      const auto heads = pairs.unit(in.qkv, pairs.key_band, pairs.value_band, unit);
      auto into = pairs.unit(qkv_gradient, key_parts, value_parts, unit);
      const auto columns = pairs.unit_columns(output.out, unit);
      const auto column_gradients = pairs.unit_columns(out_gradient, unit);
      for (const auto& block : pairs.blocks) {
        heads.backward(block, columns, column_gradients, into);
      }
    });
  }
  return {qkv_gradient, table_gradient(in.key_table, key_parts, in.options.clipped),
          table_gradient(in.value_table, value_parts, in.options.clipped)};
}

}  // namespace pno::train::composite
