#include "train/step/learner.h"

#include <cmath>

#include "base/interrupt.h"
#include "train/layers/precision.h"
#include "train/step/loss.h"
#include "train/step/parameter_rates.h"
#include "train/step/schedule.h"

namespace pno::train {
namespace {

std::vector<float> to_host(const torch::Tensor& flat) {
  const auto host = flat.to(torch::kCPU, torch::kFloat);
  const auto* first = host.data_ptr<float>();
  return {first, first + host.numel()};
}

void from_host(const std::vector<float>& values, const torch::Tensor& flat) {
  const torch::NoGradGuard no_grad;
  flat.copy_(torch::tensor(values));
}

// The losses and the norm of the gradient of a step on the device.
//
// Row 0 of `sums`, f64 [1 + kTaskGroups, 2], has the sums over all targets: plain NLL, NLL among
// the allowed events. The other rows have those of each group.
struct DeviceLosses {
  torch::Tensor sums;

  explicit DeviceLosses(const torch::Device& device)
      : sums(torch::zeros({1 + static_cast<std::int64_t>(kTaskGroups), 2},
                          torch::TensorOptions(device).dtype(torch::kDouble))) {}

  void add(const Loss& loss) const {
    sums[0][0].add_(loss.nll);
    sums[0][1].add_(loss.nll_grammar);
    if (loss.of_task.defined()) sums.narrow(0, 1, loss.of_task.size(0)).add_(loss.of_task);
  }
};

// The numbers of targets of a batch.
StepLosses count_targets(const Batch& batch) {
  StepLosses counts;
  const auto add = [](NllMeans& means, std::int64_t targets) {
    means.plain.targets += targets;
    means.grammar.targets += targets;
  };
  add(counts.all, static_cast<std::int64_t>(batch.targets.size()));
  for (const auto group : batch.groups) add(counts.of_task.at(static_cast<std::size_t>(group)), 1);
  return counts;
}

// Sets the sums of `losses` to those of a tensor in host memory, as in DeviceLosses.
void set_sums(const torch::Tensor& sums, StepLosses& losses) {
  const auto* at = sums.data_ptr<double>();
  const auto set = [&](NllMeans& means) {
    means.plain.sum = *at++;
    means.grammar.sum = *at++;
  };
  set(losses.all);
  for (auto& means : losses.of_task) set(means);
}

// Copies the values that the host needs in one wait for the device. The update comes after it:
// while the device computes that, the host prepares the next step. Returns the norm of the
// gradient.
double read_scalars(const DeviceLosses& on_device, const torch::Tensor& gradient,
                    StepLosses& losses) {
  if (gradient.is_cpu()) {
    set_sums(on_device.sums, losses);
    return norm_of(gradient);
  }
  const auto norm = gradient.norm().to(torch::kDouble).view(1);
  const auto all = torch::cat({on_device.sums.flatten(), norm}).cpu();
  set_sums(all, losses);
  return all[-1].item<double>();
}

}  // namespace

Learner::Learner(const model::ModelConfig& model, const TrainConfig& config,
                 const model::VocabularySize& vocabulary, torch::Device device, Ranks* ranks)
    : config_(config),
      dropout_rate_(model.dropout),
      model_(model, vocabulary, device),
      optimizer_(config, model_.parameters(), model_.list()) {
  model_.compute_in(scalar_type(config.precision));
  model_.initialize(config.seed);
  if (!config.freeze.empty() || !config.layer_rates.empty()) {
    const auto factors = rate_factors(model_.list(), config.freeze, config.layer_rates);
    PNO_CHECK(factors.has_value(), "the options were not checked before");
    rates_.emplace(model_, *factors);
  }
  if (config.ema_decay > 0) averaged_.emplace(config.ema_decay, model_.parameters());
  if (ranks != nullptr && ranks->size() > 1) shared_.emplace(model_, *ranks);
}

void Learner::begin_from(const model::ModelFile& file) {
  model_.load(file);
  if (averaged_) averaged_.emplace(config_.ema_decay, model_.parameters());
}

Learner::Step Learner::step(std::span<const Batch> parts, std::int64_t step, double rate_scale) {
  std::size_t targets = 0, last = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    targets += parts[i].targets.size();
    if (!parts[i].targets.empty()) last = i;
  }
  PNO_CHECK(targets > 0 || shared_, "a step has targets");
  // With several ranks the number of targets is known only at the end. Until then, divide by the
  // number without padding.
  const auto divisor = shared_ ? static_cast<double>(config_.batch * parts.front().length)
                               : static_cast<double>(targets);

  auto here = Dropout{dropout_rate_, config_.seed}.at(static_cast<std::uint64_t>(step));
  Step result;
  auto& losses = result.losses;
  // Summed on the device, so that a part does not wait for the previous one.
  const DeviceLosses on_device(model_.parameters().device());
  const LossWeights weights{.smoothing = config_.label_smoothing,
                            .grammar = config_.grammar_weight};
  model_.gradient().zero_();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].targets.empty()) continue;
    here.first_position = parts[i].first_row * parts[i].length;
    const auto loss = cross_entropy(model_, parts[i], here, weights);
    if (shared_ && i == last) shared_->expect_last_pass();
    (loss.objective / divisor).backward();
    on_device.add(loss);
    losses.add(count_targets(parts[i]));
  }
  if (shared_) {
    set_sums(on_device.sums.cpu(), losses);
    losses = shared_->finish(losses);
    PNO_CHECK(losses.all.plain.targets > 0, "a step has targets");
    model_.gradient().mul_(divisor / static_cast<double>(losses.all.plain.targets));
    result.gradient_norm = norm_of(model_.gradient());
  } else {
    result.gradient_norm = read_scalars(on_device, model_.gradient(), losses);
  }
  result.learning_rate = rate_scale * learning_rate(config_, step);
  if (std::isfinite(losses.all.plain.sum) && std::isfinite(result.gradient_norm)) {
    if (rates_) rates_->before_update(model_.parameters());
    optimizer_.update(model_.parameters(), model_.gradient(),
                      {.step = step,
                       .learning_rate = result.learning_rate,
                       .weight_decay = weight_decay(config_, step),
                       .gradient_factor = clip_factor(result.gradient_norm, config_.clip_norm)});
    if (rates_) rates_->after_update(model_.parameters());
    if (averaged_) averaged_->add(model_.parameters(), step);
  }
  return result;
}

StepLosses Learner::validate(std::span<const Batch> batches) const {
  const torch::NoGradGuard no_grad;
  const UseAverage average(model_.parameters(), averaged_ ? &*averaged_ : nullptr);
  StepLosses all;
  for (const auto& batch : batches) {
    if (interrupted()) break;
    const DeviceLosses on_device(model_.parameters().device());
    on_device.add(cross_entropy(model_, batch, Dropout{}, LossWeights{}));
    auto losses = count_targets(batch);
    set_sums(on_device.sums.cpu(), losses);
    all.add(losses);
  }
  return all;
}

std::vector<float> Learner::values() const {
  return to_host(averaged_ ? averaged_->values() : model_.parameters());
}

LearnerState Learner::save() const {
  LearnerState into;
  into.parameters = to_host(model_.parameters());
  into.mean = to_host(optimizer_.mean());
  into.square = to_host(optimizer_.square());
  if (averaged_) into.average = to_host(averaged_->values());
  return into;
}

void Learner::restore(const LearnerState& from) {
  from_host(from.parameters, model_.parameters());
  from_host(from.mean, optimizer_.mean());
  from_host(from.square, optimizer_.square());
  if (!averaged_) return;
  // If ema_decay was not set when the run began, the average starts here.
  averaged_.emplace(config_.ema_decay, model_.parameters());
  if (!from.average.empty()) from_host(from.average, averaged_->values());
}

std::vector<torch::Tensor> Learner::state() const {
  std::vector<torch::Tensor> all = {model_.parameters(), optimizer_.mean(), optimizer_.square()};
  if (averaged_) all.push_back(averaged_->values());
  return all;
}

}  // namespace pno::train
