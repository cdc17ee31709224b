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

// What one task sums and works with.
struct Own {
  Tensor normal, normal_gradient, logits;  // of a chunk
  Tensor norm_weight, norm_bias, bias;     // gradients
  WeightGradient weight;
  double* sums;  // NLL, objective
};

struct OutputLossFunction : torch::autograd::Function<OutputLossFunction> {
  // `want_gradient`, since nobody knows in here whether there will be a backward pass.
  static variable_list forward(AutogradContext* context, const Tensor& x, const Tensor& norm_weight,
                               const Tensor& norm_bias, const Tensor& weight, const Tensor& bias,
                               const Tensor& targets, double smoothing, bool want_gradient) {
    const auto C = x.size(1), V = weight.size(0);
    const auto x_gradient = want_gradient ? torch::zeros_like(x) : Tensor();
    const auto forward_weight = PackedWeight::forward(weight);
    const auto backward_weight = PackedWeight::backward(weight);
    const RowTasks tasks(x.size(0));
    const TaskSums norm_weights(tasks, norm_weight), norm_biases(tasks, norm_bias),
        weights(tasks, weight), biases(tasks, bias);
    const auto sums = torch::zeros({tasks.count(), 2}, torch::kDouble);
    tasks.run(
        [&](std::int64_t task) {
          const auto buffer = [&](std::int64_t columns) {
            return torch::empty({RowTasks::kChunk, columns}, x.options());
          };
          return Own{buffer(C),
                     buffer(C),
                     buffer(V),
                     norm_weights.of(task),
                     norm_biases.of(task),
                     biases.of(task),
                     WeightGradient(weights.of(task)),
                     sums.data_ptr<double>() + 2 * task};
        },
        [&](const Own& own, std::int64_t first, std::int64_t rows) {
          const auto* const chunk = x.data_ptr<float>() + first * C;
          const auto normal = own.normal.narrow(0, 0, rows);
          const auto logits = own.logits.narrow(0, 0, rows);
          norm_rows(chunk, norm_weight.data_ptr<float>(), norm_bias.data_ptr<float>(),
                    normal.data_ptr<float>(), rows, C);
          forward_weight.multiply(normal, logits);
          const auto loss =
              softmax_loss(logits.data_ptr<float>(), bias.data_ptr<float>(),
                           targets.data_ptr<std::int64_t>() + first, own.bias.data_ptr<float>(),
                           {.smoothing = smoothing, .want_gradient = want_gradient}, rows, V);
          own.sums[0] += loss.nll;
          own.sums[1] += loss.objective;
          if (!want_gradient) return;
          own.weight.add(logits, normal);
          const auto normal_gradient = own.normal_gradient.narrow(0, 0, rows);
          backward_weight.multiply(logits, normal_gradient);
          norm_rows_backward(chunk, norm_weight.data_ptr<float>(),
                             normal_gradient.data_ptr<float>(),
                             {.x = x_gradient.data_ptr<float>() + first * C,
                              .weight = own.norm_weight.data_ptr<float>(),
                              .bias = own.norm_bias.data_ptr<float>()},
                             rows, C);
        });
    if (want_gradient) {
      context->save_for_backward(
          {x_gradient, norm_weights.total(), norm_biases.total(), weights.total(), biases.total()});
    }
    const auto total = sums.sum(0);
    auto objective = total[1].clone(), nll = total[0].clone();
    context->mark_non_differentiable({nll});
    return {objective, nll};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    const auto factor = gradients[0].item<double>();
    variable_list result;
    for (const auto& gradient : saved) result.push_back(gradient * factor);
    result.resize(result.size() + 3);  // none for targets, smoothing, want_gradient
    return result;
  }
};

}  // namespace

LossTerms output_loss(const Tensor& x, const OutputLayer& layer, const Tensor& targets,
                      double smoothing) {
  if (!has_row_kernels(x, layer.weight))
    return composite::output_loss(x, layer, targets, smoothing);
  const bool want_gradient = torch::GradMode::is_enabled() && x.requires_grad();
  const auto terms =
      OutputLossFunction::apply(x.contiguous(), layer.norm.weight, layer.norm.bias, layer.weight,
                                layer.bias, targets.contiguous(), smoothing, want_gradient);
  return {terms[0], terms[1]};
}

LossTerms composite::output_loss(const Tensor& x, const OutputLayer& layer, const Tensor& targets,
                                 double smoothing) {
  const auto logits = rounded_linear(layer_norm(x, layer.norm), layer.weight, layer.bias);
  const auto log_p = torch::log_softmax(at_least_float(logits), -1);
  const auto nll = -log_p.gather(1, targets.unsqueeze(1)).sum();
  auto objective = nll;
  if (smoothing > 0) {
    objective = (1 - smoothing) * nll - smoothing * log_p.mean(-1).sum();
  }
  return {objective, nll.detach()};
}

}  // namespace pno::train
