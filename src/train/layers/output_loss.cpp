#include "train/layers/output_loss.h"

#include "train/kernels/loss_kernels.h"
#include "train/kernels/norm_kernels.h"
#include "train/layers/chunk_products.h"
#include "train/layers/rounded_linear.h"
#include "train/layers/row_tasks.h"

namespace pno::train {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct OutputLossFunction : torch::autograd::Function<OutputLossFunction> {
  // LibTorch differentiates only by tensors that are arguments of their own. want_gradient:
  // gradient mode is always off in here, so forward() cannot find out whether there is a backward
  // pass.
  static variable_list forward(AutogradContext* context, const Tensor& x, const Tensor& norm_weight,
                               const Tensor& norm_bias, const Tensor& weight, const Tensor& bias,
                               const Tensor& targets, double smoothing, bool want_gradient,
                               Precision precision) {
    const auto C = x.size(1), V = weight.size(0);
    const auto x_gradient = want_gradient ? torch::zeros_like(x) : Tensor();
    const auto forward_weight = PackedWeight::forward(weight, precision);
    const auto backward_weight = PackedWeight::backward(weight, precision);
    const RowTasks tasks(x, precision);
    enum : std::size_t { kNormWeight, kNormBias, kWeight, kBias };
    const TaskSums gradients(tasks.count(), {norm_weight, norm_bias, weight, bias});
    const auto losses = torch::zeros({tasks.count(), 2}, torch::kDouble);  // NLL, objective
    tasks.run({C, C, V}, gradients, [&](const RowWorkspace& chunk) {
      const auto normalised = chunk.buffer(0), normalised_gradient = chunk.buffer(1);
      const auto logits = chunk.buffer(2);
      norm_rows(chunk.data(x), norm_weight.data_ptr<float>(), norm_bias.data_ptr<float>(),
                normalised.data_ptr<float>(), chunk.rows(), C);
      chunk.multiply(forward_weight, normalised, logits);
      const auto loss =
          softmax_loss(logits.data_ptr<float>(), bias.data_ptr<float>(),
                       targets.data_ptr<std::int64_t>() + chunk.first(), chunk.sum(kBias),
                       {.smoothing = smoothing, .want_gradient = want_gradient}, chunk.rows(), V);
      auto* const task_losses = losses.data_ptr<double>() + 2 * chunk.task();
      task_losses[0] += loss.nll;
      task_losses[1] += loss.objective;
      if (!want_gradient) return;
      chunk.add_product(kWeight, logits, normalised);
      chunk.multiply(backward_weight, logits, normalised_gradient);
      norm_rows_backward(chunk.data(x), norm_weight.data_ptr<float>(),
                         normalised_gradient.data_ptr<float>(),
                         {.x = chunk.data(x_gradient),
                          .weight = chunk.sum(kNormWeight),
                          .bias = chunk.sum(kNormBias)},
                         chunk.rows(), C);
    });
    if (want_gradient) {
      context->save_for_backward({x_gradient, gradients.total(kNormWeight),
                                  gradients.total(kNormBias), gradients.total(kWeight),
                                  gradients.total(kBias)});
    }
    const auto total = losses.sum(0);
    auto objective = total[1].clone(), nll = total[0].clone();
    context->mark_non_differentiable({nll});
    return {objective, nll};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    const auto factor = gradients[0].item<double>();
    variable_list result;
    for (const auto& gradient : saved) result.push_back(gradient * factor);
    result.resize(result.size() + 4);  // the other arguments have no gradient
    return result;
  }
};

}  // namespace

LossTerms output_loss(const Tensor& x, const OutputLayer& layer, const Tensor& targets,
                      double smoothing) {
  if (!has_row_kernels(x, layer.weight)) {
    return composite::output_loss(x, layer, targets, smoothing);
  }
  const bool want_gradient = torch::GradMode::is_enabled() && x.requires_grad();
  const auto terms = OutputLossFunction::apply(x.contiguous(), layer.norm.weight, layer.norm.bias,
                                               layer.weight, layer.bias, targets.contiguous(),
                                               smoothing, want_gradient, layer.precision);
  return {terms[0], terms[1]};
}

LossTerms composite::output_loss(const Tensor& x, const OutputLayer& layer, const Tensor& targets,
                                 double smoothing) {
  const auto logits =
      rounded_linear(layer_norm(x, layer.norm), in_precision(layer.weight, layer.precision),
                     in_precision(layer.bias, layer.precision));
  const auto log_p = torch::log_softmax(at_least_float(logits), -1);
  const auto nll = -log_p.gather(1, targets.unsqueeze(1)).sum();
  auto objective = nll;
  if (smoothing > 0) {
    objective = (1 - smoothing) * nll - smoothing * log_p.mean(-1).sum();
  }
  return {objective, nll.detach()};
}

}  // namespace pno::train
