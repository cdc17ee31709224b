#include "train/loss.h"

namespace pno::train {

Loss cross_entropy(const MusicTransformer& model, const Batch& batch, const Dropout& dropout,
                   double smoothing) {
  const auto device = model.parameters().device();
  const auto on_device = [&](const std::vector<std::int64_t>& values) {
    return torch::tensor(values, torch::kLong).to(device);
  };
  const auto inputs = on_device(batch.inputs).view({batch.rows, batch.length});
  auto hidden = model.hidden(inputs, dropout).flatten(0, 1);
  if (batch.target_at.size() < batch.inputs.size()) {
    hidden = hidden.index_select(0, on_device(batch.target_at));
  }
  const auto log_p = torch::log_softmax(model.logits(hidden), -1);
  const auto target = on_device(batch.targets).unsqueeze(1);
  const auto nll = -log_p.gather(1, target).sum();
  auto objective = nll;
  if (smoothing > 0) {
    objective = (1 - smoothing) * nll - smoothing * log_p.mean(-1).sum();
  }
  return {objective, nll.detach(), static_cast<std::int64_t>(batch.targets.size())};
}

}  // namespace pno::train
