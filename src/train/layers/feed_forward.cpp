#include "train/layers/feed_forward.h"

#include "train/kernels/activation_kernels.h"
#include "train/kernels/dropout_kernels.h"
#include "train/kernels/norm_kernels.h"
#include "train/layers/chunk_products.h"
#include "train/layers/rounded_linear.h"
#include "train/layers/row_tasks.h"

namespace pno::train {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

float* rows_of(const Tensor& matrix, std::int64_t first) {
  return matrix.data_ptr<float>() + first * matrix.size(1);
}

// The order of the inputs, of what is saved and of the gradients.
enum Input { kX, kNormWeight, kNormBias, kInWeight, kInBias, kOutWeight, kOutBias, kInputs };

struct FeedForwardFunction : torch::autograd::Function<FeedForwardFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& norm_weight,
                        const Tensor& norm_bias, const Tensor& in_weight, const Tensor& in_bias,
                        const Tensor& out_weight, const Tensor& out_bias,
                        model::Activation activation, const Dropout& dropout) {
    const auto C = x.size(1), F = in_weight.size(0);
    const auto draws = dropout.draws(C);
    const auto out = torch::empty_like(x);
    const auto inner = torch::empty({x.size(0), F}, x.options());
    const auto in_packed = PackedWeight::forward(in_weight);
    const auto out_packed = PackedWeight::forward(out_weight);
    struct Own {
      Tensor normal, active;
    };
    RowTasks(x.size(0)).run(
        [&](std::int64_t) {
          return Own{torch::empty({RowTasks::kChunk, C}, x.options()),
                     torch::empty({RowTasks::kChunk, F}, x.options())};
        },
        [&](const Own& own, std::int64_t first, std::int64_t rows) {
          const auto normal = own.normal.narrow(0, 0, rows);
          const auto active = own.active.narrow(0, 0, rows);
          const auto inner_rows = inner.narrow(0, first, rows);
          const auto out_rows = out.narrow(0, first, rows);
          norm_rows(rows_of(x, first), norm_weight.data_ptr<float>(), norm_bias.data_ptr<float>(),
                    rows_of(normal, 0), rows, C);
          in_packed.multiply(normal, inner_rows);
          bias_activation(activation, in_bias.data_ptr<float>(), rows_of(inner_rows, 0),
                          rows_of(active, 0), rows, F);
          out_packed.multiply(active, out_rows);
          add_dropped(draws, first * C, rows_of(x, first), rows_of(out_rows, 0),
                      out_bias.data_ptr<float>(), rows_of(out_rows, 0), rows, C);
        });
    context->save_for_backward(
        {x, norm_weight, norm_bias, in_weight, in_bias, out_weight, out_bias, inner});
    context->saved_data["activation"] = static_cast<std::int64_t>(activation);
    dropout.save(context->saved_data);
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[kX], &inner = saved[kInputs];
    const auto activation =
        static_cast<model::Activation>(context->saved_data["activation"].toInt());
    const auto dropout = Dropout::saved(context->saved_data);
    const auto draws = dropout.draws(x.size(1));
    const auto gradient = gradients[0].contiguous();
    const auto C = x.size(1), F = inner.size(1);
    const auto x_gradient = gradient.clone();  // that of the sum; the branch's is added
    const auto in_packed = PackedWeight::backward(saved[kInWeight]);
    const auto out_packed = PackedWeight::backward(saved[kOutWeight]);
    const RowTasks tasks(x.size(0));
    std::vector<TaskSums> sums;  // of the inputs after x
    for (int input = kNormWeight; input < kInputs; ++input) sums.emplace_back(tasks, saved[input]);
    struct Own {
      Tensor narrow, dropped, active, inner_gradient;
      std::vector<Tensor> sums;  // by Input
      WeightGradient in, out;
    };
    tasks.run(
        [&](std::int64_t task) {
          const auto buffer = [&](std::int64_t columns) {
            return torch::empty({RowTasks::kChunk, columns}, x.options());
          };
          std::vector<Tensor> own_sums{Tensor()};
          for (const auto& sum : sums) own_sums.push_back(sum.of(task));
          const WeightGradient in(own_sums[kInWeight]), out(own_sums[kOutWeight]);
          return Own{buffer(C), buffer(C), buffer(F), buffer(F), std::move(own_sums), in, out};
        },
        [&](const Own& own, std::int64_t first, std::int64_t rows) {
          const auto narrow = own.narrow.narrow(0, 0, rows);
          const auto dropped = own.dropped.narrow(0, 0, rows);
          const auto active = own.active.narrow(0, 0, rows);
          const auto inner_gradient = own.inner_gradient.narrow(0, 0, rows);
          const auto sum = [&](Input input) { return own.sums[static_cast<std::size_t>(input)]; };
          drop_backward(draws, first * C, rows_of(gradient, first), rows_of(dropped, 0),
                        sum(kOutBias).data_ptr<float>(), rows, C);
          activate(activation, rows_of(inner, first), rows_of(active, 0), rows * F);
          own.out.add(dropped, active);
          out_packed.multiply(dropped, inner_gradient);
          bias_activation_backward(activation, rows_of(inner, first), rows_of(inner_gradient, 0),
                                   sum(kInBias).data_ptr<float>(), rows, F);
          norm_rows(rows_of(x, first), saved[kNormWeight].data_ptr<float>(),
                    saved[kNormBias].data_ptr<float>(), rows_of(narrow, 0), rows, C);
          own.in.add(inner_gradient, narrow);
          in_packed.multiply(inner_gradient, narrow);
          norm_rows_backward(rows_of(x, first), saved[kNormWeight].data_ptr<float>(),
                             rows_of(narrow, 0),
                             {.x = rows_of(x_gradient, first),
                              .weight = sum(kNormWeight).data_ptr<float>(),
                              .bias = sum(kNormBias).data_ptr<float>()},
                             rows, C);
        });
    variable_list result{x_gradient};
    for (const auto& sum : sums) result.push_back(sum.total());
    result.resize(kInputs + 2);  // none for activation and dropout
    return result;
  }
};

}  // namespace

torch::Tensor feed_forward(const Tensor& x, const FeedForward& layer, const Dropout& dropout) {
  if (!has_row_kernels(x, layer.in_weight)) return composite::feed_forward(x, layer, dropout);
  return FeedForwardFunction::apply(x.contiguous().view({-1, x.size(-1)}), layer.norm.weight,
                                    layer.norm.bias, layer.in_weight, layer.in_bias,
                                    layer.out_weight, layer.out_bias, layer.activation, dropout)
      .view(x.sizes());
}

torch::Tensor composite::feed_forward(const Tensor& x, const FeedForward& layer,
                                      const Dropout& dropout) {
  const auto inner = rounded_linear(layer_norm(x, layer.norm), layer.in_weight, layer.in_bias);
  const auto active =
      layer.activation == model::Activation::gelu ? torch::gelu(inner) : torch::relu(inner);
  const auto branch = rounded_linear(active, layer.out_weight, layer.out_bias);
  return x + dropout(branch.to(x.scalar_type()));
}

}  // namespace pno::train
