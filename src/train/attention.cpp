#include "train/attention.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "train/attention_block.h"
#include "train/blas.h"

namespace pno::train {
namespace {

using torch::Tensor;

// Head `unit` of x [B, T, k·A], the part-th A columns, as [1, T, D].
Tensor head_columns(const Tensor& x, std::int64_t unit, std::int64_t heads, std::int64_t part,
                    std::int64_t head_width) {
  return x.select(0, unit / heads)
      .narrow(1, (part * heads + unit % heads) * head_width, head_width)
      .unsqueeze(0);
}

// On the CPU each (batch, head) pair is one task of a parallel loop, and its matrices are views.
template <class Work>
void for_each_unit(std::int64_t units, const Work& work) {
  const OneBlasThread guard;
  at::parallel_for(0, units, 1, [&](std::int64_t begin, std::int64_t end) {
    const torch::NoGradGuard no_grad;
    for (std::int64_t unit = begin; unit < end; ++unit) work(unit);
  });
}

struct Shape {
  std::int64_t batch, length, heads, head_width;

  Shape(const Tensor& qkv, std::int64_t head_count)
      : batch(qkv.size(0)),
        length(qkv.size(1)),
        heads(head_count),
        head_width(qkv.size(2) / 3 / head_count) {}
  std::int64_t units() const { return batch * heads; }

  Heads unit(const Tensor& qkv, const Tensor& key_band, const Tensor& value_band,
             const Dropout& dropout, std::int64_t unit) const {
    const auto columns = [&](std::int64_t part) {
      return head_columns(qkv, unit, heads, part, head_width);
    };
    const auto band = [&](const Tensor& table) {
      return table.defined() ? table.narrow(0, unit % table.size(0), 1) : table;
    };
    return {columns(0),
            columns(1),
            columns(2),
            band(key_band),
            band(value_band),
            1 / std::sqrt(static_cast<double>(head_width)),
            dropout.at(static_cast<std::uint64_t>(unit))};
  }

  // Every pair at once, [B·H, T, D]: copies, so gradients are copied back.
  Tensor gathered(const Tensor& x, std::int64_t part, std::int64_t parts) const {
    return x.view({batch, length, parts, heads, head_width})
        .select(2, part)
        .transpose(1, 2)
        .reshape({units(), length, head_width});
  }
  Tensor scattered(const Tensor& x) const {  // [B·H, T, D] → [B, T, A]
    return x.view({batch, heads, length, head_width})
        .transpose(1, 2)
        .reshape({batch, length, heads * head_width});
  }
  Heads all(const Tensor& qkv, const Tensor& key_band, const Tensor& value_band,
            const Dropout& dropout) const {
    const auto band = [&](const Tensor& table) {
      return table.defined() ? table.repeat({batch, 1, 1}) : table;
    };
    return {gathered(qkv, 0, 3),
            gathered(qkv, 1, 3),
            gathered(qkv, 2, 3),
            band(key_band),
            band(value_band),
            1 / std::sqrt(static_cast<double>(head_width)),
            dropout};
  }
};

// LibTorch wants every input of a function defined: no band is an empty one there.
Tensor to_input(const Tensor& band, const Tensor& like) {
  return band.defined() ? band : torch::empty({0}, like.options().requires_grad(false));
}
Tensor from_input(const Tensor& input) {
  return input.numel() > 0 ? input : Tensor();
}

struct AttendFunction : torch::autograd::Function<AttendFunction> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& qkv,
                        const Tensor& key_input, const Tensor& value_input,
                        const AttentionOptions& options) {
    const auto key_band = from_input(key_input), value_band = from_input(value_input);
    const bool at_once = options.at_once || !qkv.is_cpu();
    const Shape shape(qkv, options.heads);
    const auto steps = query_blocks(shape.length, options.block);
    auto out = torch::empty({shape.batch, shape.length, qkv.size(2) / 3}, qkv.options());
    if (!at_once) {
      for_each_unit(shape.units(), [&](std::int64_t unit) {
        const auto heads = shape.unit(qkv, key_band, value_band, options.dropout, unit);
        const auto columns = head_columns(out, unit, shape.heads, 0, shape.head_width);
        for (const auto& block : steps) heads.forward(block, columns);
      });
    } else {
      const auto heads = shape.all(qkv, key_band, value_band, options.dropout);
      const auto columns = torch::empty_like(heads.q);
      for (const auto& block : steps) heads.forward(block, columns);
      out = shape.scattered(columns);
    }
    context->save_for_backward({qkv, key_input, value_input, out});
    context->saved_data["at_once"] = at_once;
    context->saved_data["heads"] = options.heads;
    context->saved_data["block"] = options.block;
    context->saved_data["rate"] = options.dropout.rate;
    context->saved_data["seed"] = static_cast<std::int64_t>(options.dropout.seed);
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &qkv = saved[0], &out = saved[3];
    const auto key_band = from_input(saved[1]), value_band = from_input(saved[2]);
    const Shape shape(qkv, context->saved_data["heads"].toInt());
    const auto steps = query_blocks(shape.length, context->saved_data["block"].toInt());
    const Dropout dropout{context->saved_data["rate"].toDouble(),
                          static_cast<std::uint64_t>(context->saved_data["seed"].toInt())};
    const auto gradient = gradients[0].contiguous();
    // Bands are shared by the batch: each pair has a gradient of its own, summed at the end, so
    // that the result does not depend on the order of threads.
    const auto band_parts = [&](const Tensor& band) {
      return band.defined()
                 ? torch::zeros({shape.units(), shape.length, shape.head_width}, qkv.options())
                 : band;
    };
    const auto band_sum = [&](const Tensor& parts) {
      return parts.defined()
                 ? parts.view({shape.batch, shape.heads, shape.length, shape.head_width}).sum(0)
                 : parts;
    };
    const auto key_parts = band_parts(key_band), value_parts = band_parts(value_band);
    auto qkv_gradient = torch::zeros_like(qkv);
    if (!context->saved_data["at_once"].toBool()) {
      for_each_unit(shape.units(), [&](std::int64_t unit) {
        const auto heads = shape.unit(qkv, key_band, value_band, dropout, unit);
        auto into = shape.unit(qkv_gradient, key_parts, value_parts, dropout, unit);
        const auto columns = head_columns(out, unit, shape.heads, 0, shape.head_width);
        const auto out_gradient = head_columns(gradient, unit, shape.heads, 0, shape.head_width);
        for (const auto& block : steps) heads.backward(block, columns, out_gradient, into);
      });
    } else {
      const auto heads = shape.all(qkv, key_band, value_band, dropout);
      Heads into{torch::zeros_like(heads.q),
                 torch::zeros_like(heads.q),
                 torch::zeros_like(heads.q),
                 key_parts,
                 value_parts,
                 1,
                 {}};
      const auto columns = shape.gathered(out, 0, 1);
      const auto out_gradient = shape.gathered(gradient, 0, 1);
      for (const auto& block : steps) heads.backward(block, columns, out_gradient, into);
      qkv_gradient = torch::cat(
          {shape.scattered(into.q), shape.scattered(into.k), shape.scattered(into.v)}, -1);
    }
    return {qkv_gradient, band_sum(key_parts), band_sum(value_parts), Tensor()};
  }
};

}  // namespace

torch::Tensor distance_band(const torch::Tensor& table, std::int64_t length, bool clipped) {
  const auto rows = table.size(1), known = std::min(rows, length);
  const auto band = table.narrow(1, 0, known).flip(1);
  if (known == length) return band;
  const auto far =
      clipped ? table.narrow(1, rows - 1, 1).expand({-1, length - known, -1})
              : torch::zeros({table.size(0), length - known, table.size(2)}, table.options());
  return torch::cat({far, band}, 1);
}

torch::Tensor attend(const torch::Tensor& qkv, const torch::Tensor& key_band,
                     const torch::Tensor& value_band, const AttentionOptions& options) {
  return AttendFunction::apply(qkv, to_input(key_band, qkv), to_input(value_band, qkv), options);
}

}  // namespace pno::train
