#include "eval/task_likelihood.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <thread>

#include "base/interrupt.h"
#include "base/random.h"
#include "eval/target_score.h"
#include "events/role_grammar.h"
#include "infer/session.h"
#include "model/not_finite.h"

namespace pno::eval {
namespace {

constexpr int kResamples = 1000;
constexpr std::uint64_t kIntervalStream = 0x7461736b;  // "task"

// [questions][conditions]
using ScoreTable = std::vector<std::vector<Score>>;

// Scores all examples with several threads; the calling thread works, too.
ScoreTable score_questions(const std::shared_ptr<const infer::Engine>& engine,
                           const std::vector<Question>& questions, std::size_t threads,
                           const std::function<void()>& done_one) {
  ScoreTable scores(questions.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&](infer::Session& session, const std::function<void()>& done) {
    for (auto i = next++; i < questions.size() && !interrupted(); i = next++) {
      for (const auto& example : questions[i].examples) {
        scores[i].push_back(score_example(session, example));
      }
      if (done) done();
    }
  };
  std::vector<infer::Session> sessions;
  while (sessions.size() < threads) sessions.emplace_back(engine, /*threads=*/1);
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < threads; ++i) {
      others.emplace_back([&, i] { work(sessions[i], /*done=*/{}); });
    }
    work(sessions.front(), done_one);
  }
  return scores;
}

// The pieces of the questions, numbered from 0.
std::vector<std::size_t> groups_of(const std::vector<Question>& questions) {
  std::map<std::size_t, std::size_t> numbers;
  std::vector<std::size_t> groups;
  for (const auto& question : questions) {
    groups.push_back(numbers.emplace(question.piece, numbers.size()).first->second);
  }
  return groups;
}

std::vector<Score> sums_of(const ScoreTable& scores, std::span<const std::size_t> questions,
                           std::size_t conditions) {
  std::vector<Score> sums(conditions);
  for (const auto question : questions) {
    for (std::size_t c = 0; c < conditions; ++c) sums[c].add(scores[question][c]);
  }
  return sums;
}

std::vector<ConditionScore> condition_scores(EvalTask task, const ScoreTable& scores,
                                             const std::vector<std::size_t>& groups) {
  const auto names = conditions_of(task);
  std::vector<std::size_t> all(scores.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto total = sums_of(scores, all, names.size());
  struct Resampled {
    std::vector<double> grammar_nll, nll, grammar_gain, gain;
  };
  std::vector<Resampled> resampled(names.size());
  RandomStream random(0, kIntervalStream);
  for (int i = 0; i < kResamples; ++i) {
    const auto sums = sums_of(scores, resample_groups(groups, random), names.size());
    for (std::size_t c = 0; c < names.size(); ++c) {
      resampled[c].grammar_nll.push_back(sums[c].grammar_nll());
      resampled[c].nll.push_back(sums[c].nll());
      resampled[c].grammar_gain.push_back(sums[0].grammar_nll() - sums[c].grammar_nll());
      resampled[c].gain.push_back(sums[0].nll() - sums[c].nll());
    }
  }
  std::vector<ConditionScore> result;
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto& of = total[c];
    auto& draws = resampled[c];
    result.push_back({.condition = names[c],
                      .score = of,
                      .grammar_nll = interval_of(of.grammar_nll(), std::move(draws.grammar_nll)),
                      .nll = interval_of(of.nll(), std::move(draws.nll)),
                      .grammar_gain = interval_of(total[0].grammar_nll() - of.grammar_nll(),
                                                  std::move(draws.grammar_gain)),
                      .gain = interval_of(total[0].nll() - of.nll(), std::move(draws.gain))});
  }
  return result;
}

}  // namespace

Score score_example(infer::Session& session, const corpus::Example& example) {
  session.reset();
  const auto& vocabulary = session.engine()->vocabulary();
  const auto inputs = std::span(example.tokens).first(example.tokens.size() - 1);
  const auto logits = session.logits_of(inputs, std::span(example.roles).first(inputs.size()));
  const auto V = static_cast<std::size_t>(vocabulary.outputs());
  std::vector<std::uint64_t> allowed(events::mask_words(vocabulary.outputs()));
  events::RoleGrammar grammar(vocabulary);
  Score sum;
  for (std::size_t t = 0; t < inputs.size(); ++t) {
    grammar.read(inputs[t], example.roles[t]);
    if (example.targets[t + 1] == 0) continue;
    grammar.allowed(allowed);
    sum.add(score_target(std::span(logits).subspan(t * V, V), example.tokens[t + 1], allowed));
  }
  return sum;
}

Expected<std::vector<TaskScore>> task_likelihood(EvalTask task,
                                                 const std::shared_ptr<const infer::Engine>& engine,
                                                 const corpus::Dataset& dataset,
                                                 const TaskOptions& options,
                                                 const ProgressFunction& progress) {
  std::vector<double> gaps = {0};
  if (task == EvalTask::infill) gaps.assign(kGapSeconds.begin(), kGapSeconds.end());
  // All before the first is scored: a split without enough places is said before hours of work.
  std::vector<std::vector<Question>> questions;
  for (const double gap_s : gaps) {
    PNO_TRY(auto of_gap, draw_questions(task, dataset, engine->vocabulary(),
                                        {.split = options.split,
                                         .context = engine->config().context,
                                         .count = options.count,
                                         .gap_s = gap_s}));
    questions.push_back(std::move(of_gap));
  }
  const int threads = options.threads > 0 ? options.threads : engine->threads();
  const auto total = static_cast<std::int64_t>(gaps.size() * options.count);
  std::atomic<std::int64_t> done{0};
  std::vector<TaskScore> results;
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    const auto scores =
        score_questions(engine, questions[i],
                        std::min(static_cast<std::size_t>(threads), questions[i].size()), [&] {
                          if (progress) progress(++done, total);
                        });
    if (interrupted()) return fail_interrupted("interrupted before all was evaluated");
    done = static_cast<std::int64_t>((i + 1) * options.count);
    const auto groups = groups_of(questions[i]);
    TaskScore result{.task = task,
                     .gap_s = gaps[i],
                     .questions = questions[i].size(),
                     .pieces = *std::ranges::max_element(groups) + 1,
                     .conditions = condition_scores(task, scores, groups)};
    for (const auto& condition : result.conditions) {
      if (!std::isfinite(condition.score.nll_sum)) return model::fail_not_finite();
    }
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace pno::eval
