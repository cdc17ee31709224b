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

struct StepScalars {
  double nll, nll_grammar, gradient_norm;
};
// Copies the values that the host needs in one wait for the device. The update comes after it:
// while the device computes that, the host prepares the next step.
// nlls: the plain NLL and that among the allowed events.
StepScalars read_scalars(const torch::Tensor& nlls, const torch::Tensor& gradient) {
  if (gradient.is_cpu()) {
    return {nlls[0].item<double>(), nlls[1].item<double>(), norm_of(gradient)};
  }
  const auto all = torch::cat({nlls, gradient.norm().to(torch::kDouble).view(1)}).cpu();
  return {all[0].item<double>(), all[1].item<double>(), all[2].item<double>()};
}

}  // namespace

Learner::Learner(const model::ModelConfig& model, const TrainConfig& config, int vocabulary_size,
                 torch::Device device, Ranks* ranks)
    : config_(config),
      dropout_rate_(model.dropout),
      model_(model, vocabulary_size, device),
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
  // Sum on the device, so that a part does not wait for the previous one.
  const auto nlls = torch::zeros({2}, model_.parameters().options().dtype(torch::kDouble));
  const LossWeights weights{.smoothing = config_.label_smoothing,
                            .grammar = config_.grammar_weight};
  model_.gradient().zero_();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].targets.empty()) continue;
    here.first_position = parts[i].first_row * parts[i].length;
    const auto loss = cross_entropy(model_, parts[i], here, weights);
    if (shared_ && i == last) shared_->expect_last_pass();
    (loss.objective / divisor).backward();
    nlls[0].add_(loss.nll);
    nlls[1].add_(loss.nll_grammar);
  }
  result.nll.targets = static_cast<std::int64_t>(targets);
  if (shared_) {
    const auto all = shared_->finish({{nlls[0].item<double>(), result.nll.targets},
                                      {nlls[1].item<double>(), result.nll.targets}});
    nlls[0].fill_(all.plain.sum);
    nlls[1].fill_(all.grammar.sum);
    result.nll.targets = all.plain.targets;
    PNO_CHECK(result.nll.targets > 0, "a step has targets");
    model_.gradient().mul_(divisor / static_cast<double>(result.nll.targets));
  }
  result.learning_rate = rate_scale * learning_rate(config_, step);
  const auto scalars = read_scalars(nlls, model_.gradient());
  result.gradient_norm = scalars.gradient_norm;
  result.nll.sum = scalars.nll;
  result.nll_grammar = {scalars.nll_grammar, result.nll.targets};
  if (std::isfinite(result.nll.sum) && std::isfinite(result.gradient_norm)) {
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

NllMeans Learner::validate(std::span<const Batch> batches) const {
  const torch::NoGradGuard no_grad;
  const UseAverage average(model_.parameters(), averaged_ ? &*averaged_ : nullptr);
  NllMeans mean;
  for (const auto& batch : batches) {
    if (interrupted()) break;
    const auto loss = cross_entropy(model_, batch, Dropout{}, LossWeights{});
    mean.plain.add(loss.nll.item<double>(), loss.targets);
    mean.grammar.add(loss.nll_grammar.item<double>(), loss.targets);
  }
  return mean;
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
