#include "train/layers/feed_forward.h"

#include "train/kernels/activation_kernels.h"
#include "train/kernels/dropout_kernels.h"
#include "train/kernels/norm_kernels.h"
#include "train/layers/chunk_products.h"
#include "train/layers/precision.h"
#include "train/layers/rounded_linear.h"
#include "train/layers/row_tasks.h"

namespace pno::train {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct FeedForwardFunction : torch::autograd::Function<FeedForwardFunction> {
  // The parameters, in the order of the arguments and gradients.
  enum : std::size_t {
    kNormWeight,
    kNormBias,
    kInWeight,
    kInBias,
    kOutWeight,
    kOutBias,
    kParameters
  };

  // LibTorch differentiates only by tensors that are arguments of their own.
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& norm_weight,
                        const Tensor& norm_bias, const Tensor& in_weight, const Tensor& in_bias,
                        const Tensor& out_weight, const Tensor& out_bias,
                        model::Activation activation, Precision precision, const Dropout& dropout) {
    const auto C = x.size(1), F = in_weight.size(0);
    const auto draws = dropout.draws(C);
    const auto out = torch::empty_like(x);
    const auto inner = torch::empty({x.size(0), F}, x.options());
    const auto in_packed = PackedWeight::forward(in_weight, precision);
    const auto out_packed = PackedWeight::forward(out_weight, precision);
    RowTasks(x).run({C, F}, [&](const RowWorkspace& chunk) {
      const auto normalised = chunk.buffer(0), active = chunk.buffer(1);
      norm_rows(chunk.data(x), norm_weight.data_ptr<float>(), norm_bias.data_ptr<float>(),
                normalised.data_ptr<float>(), chunk.rows(), C);
      chunk.multiply(in_packed, normalised, chunk.part(inner));
      bias_activation(activation, in_bias.data_ptr<float>(), chunk.data(inner),
                      active.data_ptr<float>(), chunk.rows(), F);
      chunk.multiply(out_packed, active, chunk.part(out));
      add_dropped(draws, {.first = chunk.first() * C, .rows = chunk.rows(), .columns = C},
                  {.x = chunk.data(x),
                   .branch = chunk.data(out),
                   .bias = out_bias.data_ptr<float>(),
                   .out = chunk.data(out)});
    });
    context->save_for_backward(
        {x, inner, norm_weight, norm_bias, in_weight, in_bias, out_weight, out_bias});
    context->saved_data["activation"] = static_cast<std::int64_t>(activation);
    save_precision(precision, context->saved_data);
    dropout.save(context->saved_data);
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &inner = saved[1];
    const std::vector<Tensor> parameters(saved.begin() + 2, saved.end());
    const auto activation =
        static_cast<model::Activation>(context->saved_data["activation"].toInt());
    const auto precision = saved_precision(context->saved_data);
    const auto dropout = Dropout::saved(context->saved_data);
    const auto draws = dropout.draws(x.size(1));
    const auto gradient = gradients[0].contiguous();
    const auto C = x.size(1), F = inner.size(1);
    const auto x_gradient = gradient.clone();  // of the residual sum; the branch's is added
    const auto in_packed = PackedWeight::backward(parameters[kInWeight], precision);
    const auto out_packed = PackedWeight::backward(parameters[kOutWeight], precision);
    const RowTasks tasks(x, precision);
    const TaskSums sums(tasks.count(), parameters);
    tasks.run({C, C, F, F}, sums, [&](const RowWorkspace& chunk) {
      const auto narrow = chunk.buffer(0), dropped = chunk.buffer(1);
      const auto active = chunk.buffer(2), inner_gradient = chunk.buffer(3);
      drop_backward(draws, {.first = chunk.first() * C, .rows = chunk.rows(), .columns = C},
                    {.gradient = chunk.data(gradient),
                     .out = dropped.data_ptr<float>(),
                     .bias_gradient = chunk.sum(kOutBias)});
      activate(activation, chunk.data(inner), active.data_ptr<float>(), chunk.rows() * F);
      chunk.add_product(kOutWeight, dropped, active);
      chunk.multiply(out_packed, dropped, inner_gradient);
      bias_activation_backward(activation, chunk.data(inner), inner_gradient.data_ptr<float>(),
                               chunk.sum(kInBias), chunk.rows(), F);
      const auto* const norm_weight = parameters[kNormWeight].data_ptr<float>();
      norm_rows(chunk.data(x), norm_weight, parameters[kNormBias].data_ptr<float>(),
                narrow.data_ptr<float>(), chunk.rows(), C);
      chunk.add_product(kInWeight, inner_gradient, narrow);
      chunk.multiply(in_packed, inner_gradient, narrow);
      norm_rows_backward(chunk.data(x), norm_weight, narrow.data_ptr<float>(),
                         {.x = chunk.data(x_gradient),
                          .weight = chunk.sum(kNormWeight),
                          .bias = chunk.sum(kNormBias)},
                         chunk.rows(), C);
    });
    variable_list result{x_gradient};
    for (std::size_t i = 0; i < kParameters; ++i) result.push_back(sums.total(i));
    result.resize(result.size() + 3);  // activation, precision, dropout have no gradient
    return result;
  }
};

}  // namespace

torch::Tensor feed_forward(const Tensor& x, const FeedForward& layer, const Dropout& dropout) {
  if (!has_row_kernels(x, layer.in_weight)) return composite::feed_forward(x, layer, dropout);
  return FeedForwardFunction::apply(x.contiguous().view({-1, x.size(-1)}), layer.norm.weight,
                                    layer.norm.bias, layer.in_weight, layer.in_bias,
                                    layer.out_weight, layer.out_bias, layer.activation,
                                    layer.precision, dropout)
      .view(x.sizes());
}

torch::Tensor composite::feed_forward(const Tensor& x, const FeedForward& layer,
                                      const Dropout& dropout) {
  const auto rounded = [&](const Tensor& weight) { return in_precision(weight, layer.precision); };
  const auto inner =
      rounded_linear(layer_norm(x, layer.norm), rounded(layer.in_weight), rounded(layer.in_bias));
  const auto active =
      layer.activation == model::Activation::gelu ? torch::gelu(inner) : torch::relu(inner);
  const auto branch = rounded_linear(active, rounded(layer.out_weight), rounded(layer.out_bias));
  return x + dropout(branch.to(x.scalar_type()));
}

}  // namespace pno::train
