#include "train/run/training_run.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/interrupt.h"
#include "train/run/checkpoint_request.h"
#include "train/run/run_description.h"
#include "train/step/schedule.h"

namespace pno::train {
namespace {

constexpr std::int64_t kStepsPerLine = 10;  // of metrics.jsonl

}  // namespace

TrainingRun::TrainingRun(const TrainOptions& options, TrainConfig train,
                         const RunListeners& listeners, Machine machine, TrainingData data,
                         std::optional<StartModel> start, Ranks& ranks)
    : options_(options),
      train_(std::move(train)),
      listeners_(listeners),
      ranks_(ranks),
      machine_(std::move(machine)),
      data_(std::move(data)),
      start_(std::move(start)),
      length_(run_length(train_, data_.epoch_tokens, options.model.context)),
      folder_(options.run, options.keep_checkpoints) {
  train_.steps = length_.steps > 0 ? length_.steps : TrainConfig::kMostSteps;
  config_ = run_config(options_, train_, data_, start_);
  if (!ranks_.is_first()) folder_.leave_to_another();
}

Expected<TrainResult> TrainingRun::go() {
  try {
    return all();
  } catch (const LostRank& lost) {
    const auto when = fmt::format("after step {}", progress_.step);
    return fail("{}; the run stops; {}{}", lost.sentence(when), folder_.what_is_good(),
                folder_.has_checkpoint() ? ", with any number of ranks" : "");
  }
}

Expected<TrainResult> TrainingRun::all() {
  PNO_TRY_VOID(begin());
  PNO_TRY_VOID(take_steps());
  return end();
}

Expected<void> TrainingRun::take_steps() {
  std::string what;
  // The stop may have come between a step and its validation, or within that.
  PNO_TRY(bool is_finite, validate_if_due(what));
  if (!is_finite) PNO_TRY_VOID(go_back(what));
  draw_crops();
  while (!is_stopped()) {
    const bool is_over = ending().has_value();
    if (is_over) PNO_TRY_VOID(add_line());
    if (is_over && progress_.validated_step == progress_.step) break;
    PNO_TRY(is_finite, is_over ? validate(what) : take_step(what));
    if (!is_finite) {
      PNO_TRY_VOID(go_back(what));
      draw_crops();
    } else if (is_over) {
      break;
    }
  }
  crops_.reset();
  return {};
}

void TrainingRun::draw_crops() {
  crops_.emplace(data_.crops, train_, data_.vocabulary, options_.model.context, progress_.crops,
                 RankShare{ranks_.rank(), ranks_.size()});
}

Expected<bool> TrainingRun::take_step(std::string& what) {
  const Stopwatch clock;
  const auto parts = crops_->next();
  wait_seconds_ += clock.seconds();
  const auto step = learner_->step(parts, progress_.step + 1, progress_.rate_scale, votes());
  take_votes(step.votes);
  if (!std::isfinite(step.nll.sum) || !std::isfinite(step.gradient_norm)) {
    what = fmt::format(
        "the loss became {} and the length of the gradient {} at step {} (learning rate {:.3g})",
        step.nll.value(), step.gradient_norm, progress_.step + 1, step.learning_rate);
    return false;
  }
  step_seconds_ += clock.seconds();
  PNO_TRY_VOID(count(step));
  tell({});
  PNO_TRY(const bool is_finite, validate_if_due(what));
  const bool asked = ranks_.is_alone() ? take_checkpoint_request() : agreed_.checkpoint;
  if (is_finite && !is_stopped() && (asked || checkpoint_is_due())) PNO_TRY_VOID(checkpoint());
  if (is_finite && !is_stopped()) PNO_TRY_VOID(offer_sample(false));
  return is_finite;
}

Expected<void> TrainingRun::count(const Learner::Step& step) {
  ++progress_.step;
  progress_.tokens += step.nll.targets;
  progress_.crops += train_.batch;
  progress_.since_line.add(step.nll.sum, step.nll.targets);
  tokens_ += step.nll.targets;
  gradient_norm_ = step.gradient_norm;
  return progress_.step % kStepsPerLine == 0 ? add_line() : Expected<void>();
}

// Of the steps since the line before, if there are any.
Expected<void> TrainingRun::add_line() {
  if (progress_.since_line.targets == 0) return {};
  progress_.train_nll = progress_.since_line.value();
  progress_.since_line = {};
  const double seconds = std::max(step_seconds_ - at_line_.step_seconds, 1e-9);
  const double speed = static_cast<double>(tokens_ - at_line_.tokens) / seconds;
  const double wait = (wait_seconds_ - at_line_.wait_seconds) / seconds;
  at_line_ = {tokens_, step_seconds_, wait_seconds_};
  const auto epoch =
      static_cast<double>(progress_.tokens) / static_cast<double>(data_.epoch_tokens);
  return folder_.add_metrics(progress_.step, {{"train_nll", *progress_.train_nll},
                                              {"learning_rate", rate()},
                                              {"gradient_norm", gradient_norm_},
                                              {"tokens", progress_.tokens},
                                              {"epoch", epoch},
                                              {"tokens_per_s", speed},
                                              {"crop_wait", wait},
                                              {"seconds", seconds_before_ + clock_.seconds()}});
}

Expected<bool> TrainingRun::validate_if_due(std::string& what) {
  const auto every = options_.train.validation_steps;
  const bool is_due = every > 0 && progress_.step > 0 && progress_.step % every == 0;
  if (!is_due || progress_.validated_step == progress_.step) return true;
  return validate(what);
}

// Where there is a validation split: measures, and saves the model if it is the best so far.
Expected<bool> TrainingRun::validate(std::string& what) {
  if (!data_.has_validation) return true;
  const auto own = learner_->validate(data_.validation);
  std::array sums = {own.sum, static_cast<double>(own.targets), interrupted() ? 1.0 : 0.0};
  ranks_.sum(sums);
  agreed_.stop = agreed_.stop || sums[2] > 0;
  if (is_stopped()) return true;
  const double nll = NllMean{sums[0], static_cast<std::int64_t>(sums[1])}.value();
  if (!std::isfinite(nll)) {
    what = fmt::format(
        "the loss on the validation split became {} after step {} (learning rate {:.3g})", nll,
        progress_.step, rate());
    return false;
  }
  PNO_TRY_VOID(folder_.add_metrics(
      progress_.step, {{"validation_nll", nll}, {"seconds", seconds_before_ + clock_.seconds()}}));
  progress_.validation_nll = nll;
  progress_.validated_step = progress_.step;
  const bool is_best = !progress_.best_nll || nll < *progress_.best_nll;
  progress_.validations_since_best = is_best ? 0 : progress_.validations_since_best + 1;
  if (is_best) {
    progress_.best_nll = nll;
    PNO_TRY_VOID(save_model());
  }
  tell({.validated = true, .note = is_best ? "best so far" : ""});
  return true;
}

bool TrainingRun::checkpoint_is_due() const {
  if (options_.checkpoint_steps > 0) return progress_.step % options_.checkpoint_steps == 0;
  return since_checkpoint_.seconds() >= options_.checkpoint_minutes * 60;
}

std::optional<Ending> TrainingRun::ending() const {
  if (progress_.step >= train_.steps) return length_.ending;
  if (train_.patience > 0 && progress_.validations_since_best >= train_.patience) {
    return Ending::patience;
  }
  if (is_time_up()) return Ending::minutes;
  return std::nullopt;
}

Expected<TrainResult> TrainingRun::end() {
  if (is_stopped() && progress_.step == 0) {
    return fail_interrupted(fmt::format("interrupted before the first step; {} holds no checkpoint",
                                        options_.run.string()));
  }
  if (!folder_.is_saved(progress_)) PNO_TRY_VOID(checkpoint());
  if (is_stopped()) {
    return fail_interrupted(fmt::format(
        "interrupted after step {}{}; a checkpoint is in {}: the same command with "
        "--resume goes on from it",
        progress_.step, length_.steps > 0 ? fmt::format(" of {}", length_.steps) : std::string(),
        folder_.checkpoints().string()));
  }
  PNO_TRY_VOID(offer_sample(true));
  return TrainResult{.steps = progress_.step,
                     .ending = ending().value_or(Ending::minutes),
                     .tokens = tokens_,
                     .tokens_per_s = tokens_per_s(),
                     .train_nll = progress_.train_nll,
                     .validation_nll = progress_.best_nll,
                     .peak_rss_mb = peak_rss_mb(),
                     .seconds = clock_.seconds(),
                     .device = machine_.description};
}

// Reports where the run is; `what` says what has just happened.
void TrainingRun::tell(StepReport what) const {
  if (!listeners_.report || !ranks_.is_first()) return;
  what.step = progress_.step;
  what.steps = length_.steps;
  what.train_nll = progress_.train_nll;
  what.learning_rate = rate();
  what.tokens_per_s = tokens_per_s();
  what.validation_nll = progress_.validation_nll;
  what.seconds_left = seconds_left();
  listeners_.report(what);
}

double TrainingRun::rate() const {
  const auto step = std::max<std::int64_t>(progress_.step, 1);
  return progress_.rate_scale * learning_rate(train_, step);
}

std::optional<double> TrainingRun::seconds_left() const {
  const auto done = progress_.step - first_step_;
  const double seconds = clock_.seconds();
  std::optional<double> left;
  if (length_.steps > 0 && done > 0) {
    const auto to_do = static_cast<double>(length_.steps - progress_.step);
    left = seconds / static_cast<double>(done) * to_do;
  }
  if (options_.max_minutes > 0) {
    const double minutes_left = options_.max_minutes * 60 - seconds;
    left = std::min(left.value_or(minutes_left), minutes_left);
  }
  return left;
}

double TrainingRun::tokens_per_s() const {
  return step_seconds_ > 0 ? static_cast<double>(tokens_) / step_seconds_ : 0;
}

}  // namespace pno::train
