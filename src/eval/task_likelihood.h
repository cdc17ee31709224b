#pragma once

// How much a model with roles learns from what stands around the music that it plays: the
// likelihood of the same events under several conditions (task_questions.h).

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "eval/interval.h"
#include "eval/score.h"
#include "eval/task_questions.h"
#include "infer/engine.h"

namespace pno::eval {

// In nats per token; the intervals are over resampled pieces.
struct ConditionScore {
  std::string_view condition;
  Score score;
  Interval grammar_nll, nll;
  // How much less than under the first condition; 0 for that one.
  Interval grammar_gain, gain;
};

struct TaskScore {
  EvalTask task = EvalTask::none;
  double gap_s = 0;  // of infills, as asked for; see kGapSeconds
  std::size_t questions = 0, pieces = 0;
  std::vector<ConditionScore> conditions;
};

struct TaskOptions {
  corpus::Split split = corpus::Split::validation;
  std::size_t count = 100;  // of questions; for each gap
  int threads = 0;          // 0: those of the engine; the result is the same for any number
};

// Of each of kGapSeconds for infills, a single one for accompaniments. `progress` counts examples.
// Returns an error as draw_questions() does, if logits are not finite, or after an interrupt.
Expected<std::vector<TaskScore>> task_likelihood(EvalTask task,
                                                 const std::shared_ptr<const infer::Engine>& engine,
                                                 const corpus::Dataset& dataset,
                                                 const TaskOptions& options,
                                                 const ProgressFunction& progress);

// Of the targets of an example. The events that may follow are those of events/role_grammar.h.
Score score_example(infer::Session& session, const corpus::Example& example);

}  // namespace pno::eval
