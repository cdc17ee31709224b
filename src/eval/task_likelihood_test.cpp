#include "eval/task_likelihood.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "corpus/examples/test_examples.h"
#include "events/role_grammar.h"
#include "infer/session.h"
#include "infer/test_models.h"

namespace pno::eval {
namespace {

using corpus::Example;
using events::Kind;
using events::Role;
using testing::HasSubstr;

constexpr double kTolerance = 1e-4;  // nats per token, of float32

events::StoredVocabulary vocabulary() {
  return *events::with_roles(events::kPerformance, {"Chopin"});
}

infer::TestModel test_model(int context) {
  auto config = infer::kTestConfig;
  config.context = config.max_distance = context;
  return infer::TestModel(config, vocabulary());
}

corpus::Dataset music() {
  auto pieces = corpus::random_pieces(4, 900);
  for (auto& piece : pieces) piece.info.split = corpus::Split::validation;
  return corpus::dataset_of(pieces);
}

std::vector<events::Token> targets_of(const Example& example) {
  std::vector<events::Token> targets;
  for (std::size_t i = 0; i < example.tokens.size(); ++i) {
    if (example.targets[i] != 0) targets.push_back(example.tokens[i]);
  }
  return targets;
}

bool has_role(const Example& example, Role role) {
  return std::ranges::find(example.roles, role) != example.roles.end();
}

std::vector<Question> questions_of(EvalTask task, const corpus::Dataset& dataset, double gap_s) {
  auto questions = draw_questions(task, dataset, vocabulary().ids,
                                  {.context = 1024, .count = 20, .gap_s = gap_s});
  EXPECT_TRUE(questions) << questions.error().message;
  return std::move(*questions);
}

TEST(TaskQuestions, InfillsAskForTheSameEventsAfterTheSamePast) {
  const auto dataset = music();
  const auto v = vocabulary().ids;
  for (const double gap_s : {1.0, 4.0}) {
    for (const auto& question : questions_of(EvalTask::infill, dataset, gap_s)) {
      ASSERT_EQ(question.examples.size(), 2U);
      const auto& past = question.examples[0];
      const auto& both = question.examples[1];
      const auto targets = targets_of(both);
      ASSERT_EQ(targets_of(past), targets);
      ASSERT_EQ(std::ranges::count(targets, v.end()), 0);
      EXPECT_FALSE(has_role(past, Role::future));
      EXPECT_TRUE(has_role(both, Role::future));
      // The gap is as long as asked for, up to the next onsets, and its tokens are those of plain
      // music: they end the example of the past.
      std::int64_t steps = 0;
      for (const auto token : targets) {
        if (v.event(token).kind == Kind::time_shift) steps += v.event(token).value;
      }
      EXPECT_GE(static_cast<double>(steps), gap_s * 100 * 0.7);
      EXPECT_TRUE(std::equal(targets.rbegin(), targets.rend(), past.tokens.rbegin()));
      events::Grammar grammar(v);
      for (const auto token : past.tokens) {
        ASSERT_EQ(grammar.fault_of(token), events::Fault::none);
        grammar.read(token);
      }
    }
  }
}

TEST(TaskQuestions, AccompanimentsAskForTheSameNotesInAllConditions) {
  const auto dataset = music();
  for (const auto& question : questions_of(EvalTask::accompany, dataset, 0)) {
    ASSERT_EQ(question.examples.size(), 3U);
    const auto targets = targets_of(question.examples[0]);
    EXPECT_FALSE(targets.empty());
    EXPECT_EQ(targets_of(question.examples[1]), targets);
    EXPECT_EQ(targets_of(question.examples[2]), targets);
    EXPECT_FALSE(has_role(question.examples[0], Role::given));
    EXPECT_TRUE(has_role(question.examples[1], Role::given));
    EXPECT_FALSE(has_role(question.examples[1], Role::announced));
    EXPECT_TRUE(has_role(question.examples[2], Role::announced));
  }
}

TEST(TaskQuestions, MusicWithoutPlacesIsTold) {
  auto pieces = corpus::random_pieces(1, 20);
  pieces[0].info.split = corpus::Split::validation;
  const auto dataset = corpus::dataset_of(pieces);
  const auto error = [&](const events::Vocabulary& v) {
    const auto drawn = draw_questions(EvalTask::infill, dataset, v, {.count = 3, .gap_s = 16});
    return drawn ? "no error" : drawn.error().message;
  };
  EXPECT_THAT(error(vocabulary().ids),
              HasSubstr("has only 0 of 3 places for the task infill with a gap of 16 s"));
  EXPECT_THAT(error(events::kPerformance), HasSubstr("the model has no roles"));
}

TEST(TaskLikelihood, ScoreOfAnExampleIsThatOfTheReference) {
  const auto model = test_model(1024);
  const auto question = questions_of(EvalTask::infill, music(), 1).front();
  infer::Session session(model.engine());
  const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
  for (const auto& example : question.examples) {
    const auto inputs = std::span(example.tokens).first(example.tokens.size() - 1);
    std::vector<std::uint8_t> roles;
    for (std::size_t t = 0; t < inputs.size(); ++t) {
      roles.push_back(static_cast<std::uint8_t>(example.roles[t]));
    }
    const auto logits = model.reference(inputs, roles);
    events::RoleGrammar grammar(model.vocabulary);
    std::vector<std::uint64_t> mask(events::mask_words(model.vocabulary.outputs()));
    Score wanted;
    for (std::size_t t = 0; t < inputs.size(); ++t) {
      grammar.read(inputs[t], example.roles[t]);
      if (example.targets[t + 1] == 0) continue;
      grammar.allowed(mask);
      const auto row = std::span(logits).subspan(t * V, V);
      const auto target = example.tokens[t + 1];
      double all = 0, allowed = 0;
      for (std::size_t i = 0; i < V; ++i) {
        all += std::exp(row[i]);
        const auto token = static_cast<events::Token>(i);
        if (token == target || events::mask_contains(mask, token)) allowed += std::exp(row[i]);
      }
      wanted.add({.tokens = 1,
                  .nll_sum = std::log(all) - row[target],
                  .grammar_nll_sum = std::log(allowed) - row[target]});
    }
    const auto score = score_example(session, example);
    ASSERT_EQ(score.tokens, wanted.tokens);
    EXPECT_NEAR(score.nll(), wanted.nll(), kTolerance);
    EXPECT_NEAR(score.grammar_nll(), wanted.grammar_nll(), kTolerance);
  }
}

TEST(TaskLikelihood, HasGainsAgainstTheFirstConditionWithAnyNumberOfThreads) {
  const auto model = test_model(512);
  const auto engine = model.engine();
  const auto dataset = music();
  std::vector<TaskScore> first;
  for (const int threads : {1, 2}) {
    const auto scores = task_likelihood(EvalTask::accompany, engine, dataset,
                                        {.count = 6, .threads = threads}, /*progress=*/{});
    ASSERT_TRUE(scores) << scores.error().message;
    ASSERT_EQ(scores->size(), 1U);
    const auto& score = scores->front();
    EXPECT_EQ(score.questions, 6U);
    EXPECT_LE(score.pieces, 4U);
    ASSERT_EQ(score.conditions.size(), 3U);
    EXPECT_EQ(score.conditions[0].gain.value, 0);
    for (const auto& condition : score.conditions) {
      EXPECT_DOUBLE_EQ(condition.gain.value,
                       score.conditions[0].score.nll() - condition.score.nll());
      EXPECT_LE(condition.nll.low, condition.nll.value);
      EXPECT_GE(condition.nll.high, condition.nll.value);
      EXPECT_LT(condition.score.grammar_nll_sum, condition.score.nll_sum);
    }
    if (first.empty()) first = *scores;
    EXPECT_EQ(first[0].conditions[2].score.nll_sum, score.conditions[2].score.nll_sum);
    EXPECT_EQ(first[0].conditions[2].gain.low, score.conditions[2].gain.low);
  }
}

TEST(TaskLikelihood, InfillsHaveOneScoreForEachGap) {
  // Two notes a second, so that 16 s fit half a context.
  std::vector<events::PlainNote> notes;
  for (int i = 0; i < 500; ++i) {
    notes.push_back({.start_us = i * 500'000,
                     .length_us = 400'000,
                     .pitch = static_cast<std::uint8_t>(50 + i * 7 % 24),
                     .velocity = 64});
  }
  const auto dataset = corpus::dataset_of(
      std::vector{corpus::piece_of(notes, {.split = corpus::Split::validation})});
  const auto model = test_model(640);
  std::int64_t done = 0;
  const auto scores = task_likelihood(EvalTask::infill, model.engine(), dataset, {.count = 2},
                                      [&](std::int64_t now, std::int64_t total) {
                                        EXPECT_EQ(total, 2 * std::ssize(kGapSeconds));
                                        done = now;
                                      });
  ASSERT_TRUE(scores) << scores.error().message;
  ASSERT_EQ(scores->size(), kGapSeconds.size());
  EXPECT_EQ(done, 2 * std::ssize(kGapSeconds));
  for (std::size_t i = 0; i < kGapSeconds.size(); ++i) {
    const auto& score = (*scores)[i];
    EXPECT_EQ(score.gap_s, kGapSeconds[i]);
    ASSERT_EQ(score.conditions.size(), 2U);
    EXPECT_EQ(score.conditions[0].score.tokens, score.conditions[1].score.tokens);
    // Three tokens or more for each note.
    EXPECT_GE(score.conditions[0].score.tokens, 2 * 2 * 3 * kGapSeconds[i]);
  }
}

}  // namespace
}  // namespace pno::eval
