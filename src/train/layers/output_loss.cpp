#include "train/layers/output_loss.h"

#include <cmath>

#include "train/kernels/norm_kernels.h"
#include "train/layers/chunk_products.h"
#include "train/layers/rounded_linear.h"
#include "train/layers/row_tasks.h"

namespace pno::train {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// [rows, allowed_words(columns)] of bits that are all 1, but those after the last column.
Tensor all_allowed(std::int64_t rows, std::int64_t columns) {
  const auto words = allowed_words(columns);
  auto bits = torch::full({rows, words}, -1, torch::kLong);
  if (columns % 64 != 0) bits.select(1, words - 1).fill_((std::int64_t{1} << (columns % 64)) - 1);
  return bits;
}

// The bits of `words` as bool [rows, columns], on its device.
Tensor unpacked(const Tensor& words, std::int64_t columns) {
  const auto bit = torch::arange(64, words.options());
  const auto bits = torch::bitwise_right_shift(words.unsqueeze(-1), bit).bitwise_and(1);
  return bits.flatten(1).narrow(1, 0, columns).to(torch::kBool);
}

struct OutputLossFunction : torch::autograd::Function<OutputLossFunction> {
  // LibTorch differentiates only by tensors that are arguments of their own. want_gradient:
  // gradient mode is always off in here, so forward() cannot find out whether there is a backward
  // pass.
  static variable_list forward(AutogradContext* context, const Tensor& x, const Tensor& norm_weight,
                               const Tensor& norm_bias, const Tensor& weight, const Tensor& bias,
                               const LossTargets& targets, const LossWeights& weights,
                               bool want_gradient, Precision precision) {
    const auto C = x.size(1), V = weight.size(0);
    const auto x_gradient = want_gradient ? torch::zeros_like(x) : Tensor();
    const auto forward_weight = PackedWeight::forward(weight, precision);
    const auto backward_weight = PackedWeight::backward(weight, precision);
    const RowTasks tasks(x, precision);
    enum : std::size_t { kNormWeight, kNormBias, kWeight, kBias };
    enum : std::int64_t { kObjective, kNll, kNllGrammar, kLosses };
    const auto words = allowed_words(V);
    const TaskSums gradients(tasks.count(), {norm_weight, norm_bias, weight, bias});
    const auto losses = torch::zeros({tasks.count(), kLosses}, torch::kDouble);
    const auto of_rows = torch::empty({x.size(0), 2}, torch::kDouble);
    tasks.run({C, C, V}, gradients, [&](const RowWorkspace& chunk) {
      const auto normalised = chunk.buffer(0), normalised_gradient = chunk.buffer(1);
      const auto logits = chunk.buffer(2);
      norm_rows(chunk.data(x), norm_weight.data_ptr<float>(), norm_bias.data_ptr<float>(),
                normalised.data_ptr<float>(), chunk.rows(), C);
      chunk.multiply(forward_weight, normalised, logits);
      const auto loss =
          softmax_loss({.rows = chunk.rows(),
                        .columns = V,
                        .logits = logits.data_ptr<float>(),
                        .bias = bias.data_ptr<float>(),
                        .targets = targets.events.data_ptr<std::int64_t>() + chunk.first(),
                        .allowed = reinterpret_cast<const std::uint64_t*>(
                            targets.allowed.data_ptr<std::int64_t>() + chunk.first() * words),
                        .bias_gradient = want_gradient ? chunk.sum(kBias) : nullptr,
                        .of_rows = of_rows.data_ptr<double>() + 2 * chunk.first()},
                       weights);
      auto* const task_losses = losses.data_ptr<double>() + kLosses * chunk.task();
      task_losses[kObjective] += loss.objective;
      task_losses[kNll] += loss.nll;
      task_losses[kNllGrammar] += loss.nll_grammar;
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
    auto objective = total[kObjective].clone(), nll = total[kNll].clone();
    auto nll_grammar = total[kNllGrammar].clone();
    context->mark_non_differentiable({nll, nll_grammar, of_rows});
    return {objective, nll, nll_grammar, of_rows};
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

LossTerms output_loss(const Tensor& x, const OutputLayer& layer, const LossTargets& targets,
                      const LossWeights& weights) {
  if (!has_row_kernels(x, layer.weight)) {
    return composite::output_loss(x, layer, targets, weights);
  }
  const bool want_gradient = torch::GradMode::is_enabled() && x.requires_grad();
  const LossTargets rows{.events = targets.events.contiguous(),
                         .allowed = targets.allowed.defined()
                                        ? targets.allowed.contiguous()
                                        : all_allowed(x.size(0), layer.weight.size(0))};
  const auto terms =
      OutputLossFunction::apply(x.contiguous(), layer.norm.weight, layer.norm.bias, layer.weight,
                                layer.bias, rows, weights, want_gradient, layer.precision);
  return {.objective = terms[0], .nll = terms[1], .nll_grammar = terms[2], .of_rows = terms[3]};
}

// With log p of all events: L_A - L = log sum over A of p, and the mean of log p over A differs
// from that of z by L.
LossTerms composite::output_loss(const Tensor& x, const OutputLayer& layer,
                                 const LossTargets& targets, const LossWeights& weights) {
  const auto logits =
      rounded_linear(layer_norm(x, layer.norm), in_precision(layer.weight, layer.precision),
                     in_precision(layer.bias, layer.precision));
  const auto log_p = torch::log_softmax(at_least_float(logits), -1);
  const auto nll_of_rows = -log_p.gather(1, targets.events.unsqueeze(1)).squeeze(1);
  const auto nll = nll_of_rows.sum();
  auto forbidden = torch::Tensor();
  auto log_allowed_of_rows = torch::zeros_like(nll_of_rows);
  if (targets.allowed.defined()) {
    forbidden = unpacked(targets.allowed, log_p.size(1)).logical_not();
    // Without a weight it is only reported.
    const auto& of = weights.grammar == 1 ? log_p.detach() : log_p;
    log_allowed_of_rows = of.masked_fill(forbidden, -INFINITY).logsumexp(-1);
  }
  const auto log_allowed = log_allowed_of_rows.sum();
  auto objective = nll;
  if (weights.smoothing > 0) {
    auto mean = log_p.mean(-1);
    if (forbidden.defined()) {
      mean = log_p.masked_fill(forbidden, 0).sum(-1) / forbidden.logical_not().sum(-1);
    }
    objective = (1 - weights.smoothing) * nll - weights.smoothing * mean.sum();
  }
  if (weights.grammar != 1) objective = objective + (1 - weights.grammar) * log_allowed;
  const auto of_rows = torch::stack({nll_of_rows, nll_of_rows + log_allowed_of_rows}, 1);
  return {.objective = objective,
          .nll = nll.detach(),
          .nll_grammar = (nll + log_allowed).detach(),
          .of_rows = of_rows.detach().to(torch::kDouble)};
}

}  // namespace pno::train
