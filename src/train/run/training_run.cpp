#include "train/run/training_run.h"

#include <algorithm>
#include <cmath>

#include "train/attention/attention_cuda_tensors.h"
#include "train/layers/precision.h"
#include "train/run/notes.h"
#include "train/run/resume.h"
#include "train/step/schedule.h"

namespace pno::train {
namespace {

constexpr std::int64_t kStepsPerLine = 10;  // of metrics.jsonl
constexpr int kMostSetbacks = 4;            // the learning rate is a sixteenth by then

// Adds "train_nll_plain", "train_nll_grammar_plain" and so on for the groups that have targets.
void add_task_losses(std::string_view name, const StepLosses& losses, MetricsLog::Values& into) {
  for (std::size_t i = 0; i < kTaskGroups; ++i) {
    const auto& of_task = losses.of_task[i];
    if (of_task.plain.targets == 0) continue;
    const std::string_view group = enum_names(TaskGroup{})[i];
    into.emplace_back(fmt::format("{}_{}", name, group), of_task.plain.value());
    into.emplace_back(fmt::format("{}_grammar_{}", name, group), of_task.grammar.value());
  }
}

// "infill_middle 1.832, duet 2.014": the losses among allowed events of the groups with targets.
std::string task_losses_text(const StepLosses& losses) {
  std::string text;
  for (std::size_t i = 0; i < kTaskGroups; ++i) {
    const auto& mean = losses.of_task[i].grammar;
    if (mean.targets == 0) continue;
    text += fmt::format("{}{} {:.3f}", text.empty() ? "" : ", ", enum_names(TaskGroup{})[i],
                        mean.value());
  }
  return text;
}

}  // namespace

TrainingRun::TrainingRun(RunSetup setup, const RunListeners& listeners, Ranks& ranks)
    : setup_(std::move(setup)),
      listeners_(listeners),
      ranks_(ranks),
      length_(run_length(setup_.train, setup_.data.epoch_tokens, setup_.options.model.context)),
      folder_(setup_.options.run, setup_.options.keep_checkpoints),
      saver_(setup_, listeners_.on_sample, folder_),
      agreement_(ranks) {
  setup_.train.steps = length_.steps > 0 ? length_.steps : TrainConfig::kMostSteps;
  if (!ranks_.is_first()) folder_.write_nothing();
}

Expected<TrainResult> TrainingRun::run() {
  try {
    PNO_TRY_VOID(begin());
    PNO_TRY_VOID(take_steps());
    return end();
  } catch (const LostRank& lost) {
    const auto when = fmt::format("after step {}", progress_.step);
    return fail("{}; the run stops; {}{}", lost.sentence(when), folder_.recovery_hint(),
                folder_.has_checkpoint() ? ", with any number of ranks" : "");
  }
}

Expected<void> TrainingRun::begin() {
  make_learner();
  Notes notes;
  if (setup_.options.resume && ranks_.is_first()) {
    PNO_TRY(const auto restored, resume(folder_.checkpoints(), setup_.options, setup_.config));
    learner_->restore(restored.checkpoint.learner);
    progress_ = restored.checkpoint.progress;
    notes.add(restored.note);
  }
  PNO_TRY_VOID(folder_.open(progress_));
  PNO_TRY_VOID(folder_.write_record(setup_.options.record));
  seconds_before_ = folder_.seconds_before();
  agreement_.share(progress_, folder_.saved_step(), *learner_);
  folder_.follow(agreement_.saved_step());
  saver_.skip_sample(progress_.step);
  notes.add(fused_cuda::slow_attention_note(setup_.machine.device,
                                            scalar_type(setup_.train.precision),
                                            setup_.options.model.head_width()));
  if (!notes.text().empty()) report({.note = notes.text()});
  return {};
}

void TrainingRun::make_learner() {
  const auto& ids = setup_.data.vocabulary.ids;
  learner_.emplace(setup_.options.model, setup_.train,
                   model::VocabularySize(ids.inputs(), ids.outputs()), setup_.machine.device,
                   &ranks_);
  if (setup_.start) learner_->begin_from(setup_.start->file);
}

void TrainingRun::draw_crops() {
  decltype(CropSource::sampler) sampler;
  std::visit([&](const auto& crops) { sampler = &crops; }, setup_.data.crops);
  crops_.emplace(CropSource{.sampler = sampler,
                            .config = setup_.train,
                            .vocabulary = setup_.data.vocabulary.ids,
                            .context = setup_.options.model.context,
                            .share = {ranks_.rank(), ranks_.size()}},
                 progress_.crops);
}

void TrainingRun::vote() {
  const double minutes = setup_.options.max_minutes;
  agreement_.vote(minutes > 0 && speed_.seconds() >= minutes * 60, folder_.saved_step());
  folder_.follow(agreement_.saved_step());
}

Expected<void> TrainingRun::take_steps() {
  vote();
  draw_crops();
  // A run may have stopped between a step and its validation, or during it.
  PNO_TRY(auto diverged, validate_if_due());
  while (true) {
    if (diverged) PNO_TRY_VOID(go_back(*diverged));
    if (agreement_.is_stopped()) break;
    if (!ending()) {
      PNO_TRY(diverged, take_step());
      continue;
    }
    PNO_TRY_VOID(add_line());
    if (progress_.validated_step == progress_.step) break;
    PNO_TRY(diverged, validate());
    if (!diverged) break;
  }
  crops_.reset();
  return {};
}

TrainingRun::Outcome TrainingRun::take_step() {
  const Stopwatch clock;
  const auto parts = crops_->next();
  const double wait_s = clock.seconds();
  const auto step = learner_->step(parts, progress_.step + 1, progress_.rate_scale);
  if (!std::isfinite(step.losses.all.plain.sum) || !std::isfinite(step.gradient_norm)) {
    return Diverged{fmt::format(
        "the loss became {} and the norm of the gradient {} at step {} (learning rate {:.3g})",
        step.losses.all.plain.value(), step.gradient_norm, progress_.step + 1, step.learning_rate)};
  }
  speed_.add(step.losses.all.plain.targets, clock.seconds(), wait_s);
  PNO_TRY_VOID(count(step));
  report({});
  vote();
  if (agreement_.is_stopped()) return std::nullopt;
  PNO_TRY(auto diverged, validate_if_due());
  if (diverged || agreement_.is_stopped()) return diverged;
  if (agreement_.wants_checkpoint() || saver_.checkpoint_is_due(progress_.step)) {
    PNO_TRY_VOID(checkpoint());
  }
  if (ranks_.is_first()) PNO_TRY_VOID(saver_.offer_sample(*learner_, progress_, false));
  return std::nullopt;
}

Expected<void> TrainingRun::count(const Learner::Step& step) {
  ++progress_.step;
  progress_.tokens += step.losses.all.plain.targets;
  progress_.crops += setup_.train.batch;
  progress_.since_line.add(step.losses);
  gradient_norm_ = step.gradient_norm;
  return progress_.step % kStepsPerLine == 0 ? add_line() : Expected<void>();
}

// Of the steps since the line before, if there are any.
Expected<void> TrainingRun::add_line() {
  const auto since_line = std::exchange(progress_.since_line, {});
  if (since_line.all.plain.targets == 0) return {};
  progress_.train_nll = since_line.all.plain.value();
  progress_.train_nll_grammar = since_line.all.grammar.value();
  const auto speed = speed_.take_interval();
  const auto epoch =
      static_cast<double>(progress_.tokens) / static_cast<double>(setup_.data.epoch_tokens);
  MetricsLog::Values values = {{"train_nll", *progress_.train_nll},
                               {"train_nll_grammar", *progress_.train_nll_grammar},
                               {"learning_rate", rate()},
                               {"gradient_norm", gradient_norm_},
                               {"tokens", progress_.tokens},
                               {"epoch", epoch},
                               {"tokens_per_s", speed.tokens_per_s},
                               {"crop_wait", speed.wait_share}};
  add_task_losses("train_nll", since_line, values);
  values.emplace_back("seconds", seconds_before_ + speed_.seconds());
  return folder_.add_metrics(progress_.step, values);
}

TrainingRun::Outcome TrainingRun::validate_if_due() {
  const auto every = setup_.options.train.validation_steps;
  const bool is_due = every > 0 && progress_.step > 0 && progress_.step % every == 0;
  if (!is_due || progress_.validated_step == progress_.step) return std::nullopt;
  return validate();
}

// If there is a validation split: measures, and saves the model if it is the best so far.
TrainingRun::Outcome TrainingRun::validate() {
  if (!setup_.data.has_validation) return std::nullopt;
  const auto losses = agreement_.sum(learner_->validate(setup_.data.validation)).all;
  const double nll = losses.plain.value(), nll_grammar = losses.grammar.value();
  if (agreement_.is_stopped()) return std::nullopt;
  StepLosses of_tasks;
  if (setup_.train.validation_examples > 0) {
    of_tasks = agreement_.sum(learner_->validate(setup_.data.task_validation));
    if (agreement_.is_stopped()) return std::nullopt;
  }
  if (!std::isfinite(nll)) {
    return Diverged{
        fmt::format("the loss on the validation split became {} after step {} (learning rate "
                    "{:.3g})",
                    nll, progress_.step, rate())};
  }
  MetricsLog::Values values = {{"validation_nll", nll}, {"validation_nll_grammar", nll_grammar}};
  add_task_losses("validation_nll", of_tasks, values);
  values.emplace_back("seconds", seconds_before_ + speed_.seconds());
  PNO_TRY_VOID(folder_.add_metrics(progress_.step, values));
  progress_.validation_nll = nll;
  progress_.validation_nll_grammar = nll_grammar;
  progress_.validated_step = progress_.step;
  // By the loss that training weighs most.
  const bool by_grammar = setup_.train.grammar_weight < 1;
  const auto& best = by_grammar ? progress_.best_nll_grammar : progress_.best_nll;
  const bool is_best = !best || (by_grammar ? nll_grammar : nll) < *best;
  progress_.validations_since_best = is_best ? 0 : progress_.validations_since_best + 1;
  if (is_best) {
    progress_.best_nll = nll;
    progress_.best_nll_grammar = nll_grammar;
    if (ranks_.is_first()) PNO_TRY_VOID(saver_.save_model(*learner_, progress_));
  }
  Notes notes;
  if (is_best) notes.add("best so far");
  notes.add(task_losses_text(of_tasks));
  report({.validated = true, .note = notes.text()});
  return std::nullopt;
}

Expected<void> TrainingRun::go_back(const Diverged& diverged) {
  const auto before = progress_;
  if (before.setbacks == kMostSetbacks) {
    return fail(
        "{}, for the {}th time, although the run each time went back with half the learning rate; "
        "{} with a lower --learning-rate{}",
        diverged.what, kMostSetbacks + 1, folder_.recovery_hint(),
        folder_.has_checkpoint() ? " and --override" : "");
  }
  crops_.reset();
  Notes notes;
  if (!folder_.has_checkpoint()) {
    make_learner();
    progress_ = {};
  } else if (ranks_.is_first()) {
    PNO_TRY(const auto restored, read_checkpoint(folder_.checkpoints()));
    learner_->restore(restored.checkpoint.learner);
    progress_ = restored.checkpoint.progress;
    notes.add(restored.note);
  }
  // The model in the folder may be of a validation after that checkpoint, and is still the best.
  progress_.best_nll = before.best_nll;
  progress_.best_nll_grammar = before.best_nll_grammar;
  progress_.setbacks = before.setbacks + 1;
  progress_.rate_scale = before.rate_scale / 2;
  PNO_TRY_VOID(folder_.open(progress_));
  agreement_.share(progress_, folder_.saved_step(), *learner_);
  folder_.follow(agreement_.saved_step());
  PNO_TRY_VOID(folder_.add_metrics(progress_.step, {{"setbacks", std::int64_t{progress_.setbacks}},
                                                    {"rate_scale", progress_.rate_scale}}));
  notes.add(fmt::format("{}: back to step {} with {} of the learning rate", diverged.what,
                        progress_.step, progress_.rate_scale));
  report({.note = notes.text()});
  draw_crops();
  return {};
}

Expected<void> TrainingRun::checkpoint() {
  if (!ranks_.is_first()) return {};
  PNO_TRY_VOID(saver_.write_checkpoint(*learner_, progress_));
  report({.note = "checkpoint written"});
  return {};
}

std::optional<Ending> TrainingRun::ending() const {
  if (progress_.step >= setup_.train.steps) return length_.ending;
  const auto patience = setup_.train.patience;
  if (patience > 0 && progress_.validations_since_best >= patience) return Ending::patience;
  if (agreement_.is_time_up()) return Ending::minutes;
  return std::nullopt;
}

Expected<TrainResult> TrainingRun::end() {
  const auto& run = setup_.options.run;
  if (agreement_.is_stopped() && progress_.step == 0) {
    return fail_interrupted(
        fmt::format("interrupted before the first step; {} holds no checkpoint", run.string()));
  }
  if (!folder_.is_saved(progress_)) PNO_TRY_VOID(checkpoint());
  if (agreement_.is_stopped()) {
    return fail_interrupted(fmt::format(
        "interrupted after step {}{}; a checkpoint is in {}: the same command with --resume "
        "continues from it",
        progress_.step, length_.steps > 0 ? fmt::format(" of {}", length_.steps) : std::string(),
        folder_.checkpoints().string()));
  }
  if (ranks_.is_first()) PNO_TRY_VOID(saver_.offer_sample(*learner_, progress_, true));
  return TrainResult{.steps = progress_.step,
                     .ending = ending().value_or(Ending::minutes),
                     .tokens = speed_.tokens(),
                     .tokens_per_s = speed_.tokens_per_s(),
                     .train_nll = progress_.train_nll,
                     .train_nll_grammar = progress_.train_nll_grammar,
                     .validation_nll = progress_.best_nll,
                     .validation_nll_grammar = progress_.best_nll_grammar,
                     .peak_rss_mb = peak_rss_mb(),
                     .seconds = speed_.seconds(),
                     .device = setup_.machine.description};
}

// `event` says what has just happened; the rest is filled in here.
void TrainingRun::report(StepReport event) const {
  if (!listeners_.report || !ranks_.is_first()) return;
  event.step = progress_.step;
  event.steps = length_.steps;
  event.train_nll = progress_.train_nll;
  event.train_nll_grammar = progress_.train_nll_grammar;
  event.learning_rate = rate();
  event.tokens_per_s = speed_.tokens_per_s();
  event.validation_nll = progress_.validation_nll;
  event.validation_nll_grammar = progress_.validation_nll_grammar;
  const auto steps_left =
      length_.steps > 0 ? std::optional(length_.steps - progress_.step) : std::nullopt;
  event.seconds_left = speed_.seconds_left(steps_left, setup_.options.max_minutes * 60);
  listeners_.report(event);
}

double TrainingRun::rate() const {
  const auto step = std::max<std::int64_t>(progress_.step, 1);
  return progress_.rate_scale * learning_rate(setup_.train, step);
}

}  // namespace pno::train
