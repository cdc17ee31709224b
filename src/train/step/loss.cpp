#include "train/step/loss.h"

#include "train/step/step_losses.h"

namespace pno::train {

Loss cross_entropy(const MusicTransformer& model, const Batch& batch, const Dropout& dropout,
                   const LossWeights& weights) {
  const auto device = model.parameters().device();
  // Copies to a GPU from pinned memory, so the host does not wait for the copy.
  const auto on_device = [&](const std::vector<std::int64_t>& values) {
    const auto host = torch::tensor(values, torch::kLong);
    return device.is_cpu() ? host : host.pin_memory().to(device, /*non_blocking=*/true);
  };
  const auto N = static_cast<std::int64_t>(batch.targets.size());
  const auto inputs_of = [&](const std::vector<std::int64_t>& values) {
    return on_device(values).view({batch.rows, batch.length});
  };
  MusicTransformer::Inputs inputs{.tokens = inputs_of(batch.inputs)};
  if (!batch.roles.empty()) inputs.roles = inputs_of(batch.roles);
  auto x = model.residual(inputs, dropout).flatten(0, 1);
  if (batch.target_at.size() < batch.inputs.size()) {
    x = x.index_select(0, on_device(batch.target_at));
  }
  LossTargets targets{on_device(batch.targets)};
  if (!batch.allowed.empty()) targets.allowed = on_device(batch.allowed).view({N, -1});
  const auto terms = output_loss(x, model.output_layer(), targets, weights);
  Loss loss{.objective = terms.objective,
            .nll = terms.nll,
            .nll_grammar = terms.nll_grammar,
            .targets = N};
  if (!batch.groups.empty()) {
    loss.of_task =
        torch::zeros({static_cast<std::int64_t>(kTaskGroups), 2}, terms.of_rows.options())
            .index_add_(0, on_device(batch.groups), terms.of_rows);
  }
  return loss;
}

}  // namespace pno::train
