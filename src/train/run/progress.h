#pragma once

// Where a run is: all that a checkpoint keeps beside the learner's arrays.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/fields.h"
#include "train/step/step_losses.h"

namespace pno::train {

// Crops and dropout are pure functions of the seed and their number, so that it needs no state of a
// random generator.
struct Progress {
  std::int64_t step = 0;    // done
  std::int64_t tokens = 0;  // targets seen
  std::int64_t crops = 0;   // drawn; the number of the next
  int setbacks = 0;         // returns to a checkpoint after a loss that was not finite
  double rate_scale = 1;    // of the learning rate, halved by each setback

  std::int64_t validated_step = -1;  // of the last validation
  std::optional<double> validation_nll = {}, validation_nll_grammar = {};
  std::optional<double> best_nll = {}, best_nll_grammar = {};  // of the best model
  std::int64_t validations_since_best = 0;
  std::optional<double> train_nll = {},
                        train_nll_grammar = {};  // of the last line of metrics.jsonl
  StepLosses since_line = {};                    // of the training steps after that line

  // The one list of fields, for checkpoints and for the other ranks.
  template <class Self, class Visit>
  static void fields(Self& progress, Visit&& visit) {
    visit("step", progress.step);
    visit("tokens", progress.tokens);
    visit("crops", progress.crops);
    visit("setbacks", progress.setbacks);
    visit("rate_scale", progress.rate_scale);
    visit("validated_step", progress.validated_step);
    visit("validation_nll", progress.validation_nll);
    visit("best_nll", progress.best_nll);
    visit("validations_since_best", progress.validations_since_best);
    visit("train_nll", progress.train_nll);
    visit("since_line.sum", progress.since_line.all.plain.sum);
    visit("since_line.targets", progress.since_line.all.plain.targets);
    visit("validation_nll_grammar", progress.validation_nll_grammar);
    visit("best_nll_grammar", progress.best_nll_grammar);
    visit("train_nll_grammar", progress.train_nll_grammar);
    visit("since_line.grammar_sum", progress.since_line.all.grammar.sum);
    visit("since_line.grammar_targets", progress.since_line.all.grammar.targets);
    for (std::size_t i = 0; i < kTaskGroups; ++i) {
      auto& of_task = progress.since_line.of_task[i];
      const auto name = fmt::format("since_line.{}", enum_names(TaskGroup{})[i]);
      visit(name + ".sum", of_task.plain.sum);
      visit(name + ".targets", of_task.plain.targets);
      visit(name + ".grammar_sum", of_task.grammar.sum);
      visit(name + ".grammar_targets", of_task.grammar.targets);
    }
  }
  // Older checkpoints do not have the fields of the loss among allowed events, nor those of tasks.
  static bool may_be_missing(std::string_view name) {
    constexpr std::string_view kOfLine = "since_line.";
    const bool is_of_task = name.starts_with(kOfLine) &&
                            name.substr(kOfLine.size()).find('.') != std::string_view::npos;
    return is_of_task || name.find("grammar") != std::string_view::npos;
  }

  bool operator==(const Progress&) const = default;
};

// Text that reads back as exactly the same value; an optional without a value is "none".
template <class T>
std::string progress_text(const T& value) {
  return field_text(value);
}
inline std::string progress_text(const std::optional<double>& value) {
  return value ? field_text(*value) : "none";
}
template <class T>
Expected<void> read_progress(std::string_view text, T& value) {
  return parse_field(text, value);
}
inline Expected<void> read_progress(std::string_view text, std::optional<double>& value) {
  value.reset();
  if (text == "none") return {};
  return parse_field(text, value.emplace());
}

}  // namespace pno::train
