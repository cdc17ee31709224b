#include "eval/likelihood.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/interrupt.h"
#include "corpus/windows.h"
#include "events/random_music.h"
#include "infer/test_models.h"

namespace pno::eval {
namespace {

using corpus::Split;
using events::Kind;
using infer::kTestVocabulary;
using infer::TestFolder;
using infer::TestModel;
using testing::AllOf;
using testing::HasSubstr;

constexpr double kTolerance = 1e-5;  // nats per token, of float32

constexpr auto& kConfig = infer::kTestConfig;
const ProgressFunction kNoProgress;

// Three validation pieces, one for training, none for test.
corpus::Dataset dataset() {
  const TestFolder folder;
  std::vector<corpus::Piece> pieces;
  for (const std::size_t count : {40U, 1U, 25U, 10U}) {
    auto notes = events::random_notes(count, count);
    auto hash = corpus::content_hash(notes);
    pieces.push_back(
        {{.hash = std::move(hash), .split = count == 10U ? Split::train : Split::validation},
         std::move(notes)});
  }
  EXPECT_TRUE(corpus::write_dataset(folder / "d.notes", pieces).has_value());
  auto opened = corpus::Dataset::open(folder / "d.notes");
  EXPECT_TRUE(opened.has_value());
  return std::move(*opened);
}

// The same from the reference of the model and the definition of softmax.
Likelihood by_definition(const TestModel& model, const corpus::Dataset& data, int context) {
  Likelihood result;
  const auto V = static_cast<std::size_t>(model.vocabulary.size());
  for (const auto& window :
       corpus::validation_windows(data, Split::validation, model.vocabulary, context)) {
    const std::span<const events::Token> tokens = window.tokens;
    const auto logits = model.reference(tokens.first(tokens.size() - 1));
    for (std::size_t t = 0; t + 1 < tokens.size(); ++t) {
      const auto row = std::span(logits).subspan(t * V, V);
      double sum = 0;
      for (const double logit : row) sum += std::exp(logit);
      const auto target = tokens[t + 1];
      const bool hit = std::ranges::all_of(row, [&](double l) { return l <= row[target]; });
      const auto kind = static_cast<std::size_t>(model.vocabulary.event(target).kind);
      for (Score* score : {&result.total, &result.by_kind.at(kind)}) {
        ++score->tokens;
        score->nll_sum -= std::log(std::exp(row[target]) / sum);
        if (hit) ++score->hits;
      }
    }
  }
  return result;
}

void expect_same(const Score& score, const Score& expected) {
  EXPECT_EQ(score.tokens, expected.tokens);
  EXPECT_EQ(score.hits, expected.hits);
  EXPECT_NEAR(score.nll(), expected.nll(), kTolerance);
}

TEST(Likelihood, EqualsTheReferenceInTotalAndByKind) {
  const TestModel model(kConfig);
  const auto data = dataset();
  for (const int context : {0, 32, 9}) {
    const auto measured =
        likelihood(model.engine(), data, {.context = context, .threads = 2}, kNoProgress);
    ASSERT_TRUE(measured.has_value()) << measured.error().message;
    const auto expected = by_definition(model, data, context == 0 ? kConfig.context : context);
    expect_same(measured->total, expected.total);
    for (std::size_t kind = 0; kind < events::kKinds; ++kind) {
      expect_same(measured->by_kind.at(kind), expected.by_kind.at(kind));
    }
    EXPECT_EQ(measured->by_kind.at(static_cast<std::size_t>(Kind::eos)).tokens, 3);
    EXPECT_EQ(measured->by_kind.at(static_cast<std::size_t>(Kind::bos)).tokens, 0);
  }
}

TEST(Likelihood, OfAUniformModelIsTheLogarithmOfTheVocabularySize) {
  TestModel model(kConfig);
  for (auto& [name, values] : model.weights) std::ranges::fill(values, 0.0);
  const auto measured = likelihood(model.engine(), dataset(), {.threads = 1}, kNoProgress);
  ASSERT_TRUE(measured.has_value());
  EXPECT_NEAR(measured->total.nll(), std::log(kTestVocabulary.size()), kTolerance);
}

// docs/design.md section 8: the seed had an accuracy of 9.0 for an answer without a right token.
TEST(Likelihood, AccuracyIsTheFractionOfTargetsPredicted) {
  TestModel model(kConfig);
  std::ranges::fill(model.weights["output.weight"], 0.0);
  auto& bias = model.weights["output.bias"];
  const auto accuracy_of = [&](events::Token token) {
    std::ranges::fill(bias, 0.0);
    bias[token] = 5;
    const auto measured = likelihood(model.engine(), dataset(), {.threads = 1}, kNoProgress);
    EXPECT_TRUE(measured.has_value());
    return measured->total.accuracy();
  };
  EXPECT_EQ(accuracy_of(kTestVocabulary.bos()), 0.0) << "all wrong";
  const double of_eos = accuracy_of(kTestVocabulary.eos());
  EXPECT_GT(of_eos, 0.0);
  EXPECT_LT(of_eos, 0.05) << "three of some hundred";
}

TEST(Likelihood, IsTheSameWithAnyNumberOfThreads) {
  const TestModel model(kConfig);
  const auto data = dataset();
  const auto engine = model.engine();
  const auto one = likelihood(engine, data, {.threads = 1}, kNoProgress);
  const auto many = likelihood(engine, data, {.threads = 50}, kNoProgress);
  ASSERT_TRUE(one.has_value() && many.has_value());
  EXPECT_EQ(one->total.nll_sum, many->total.nll_sum);
}

TEST(Likelihood, ScoresAtMostMaxWindows) {
  const TestModel model(kConfig);
  const auto measured = likelihood(model.engine(), dataset(),
                                   {.context = 10, .max_windows = 4, .threads = 1}, kNoProgress);
  ASSERT_TRUE(measured.has_value());
  EXPECT_LE(measured->total.tokens, 40);
  EXPECT_GT(measured->total.tokens, 0);
}

TEST(Likelihood, WindowsLongerThanTheContextScoreEveryTarget) {
  const TestModel model(kConfig);
  const auto data = dataset();
  const auto whole =
      likelihood(model.engine(), data, {.context = 100000, .threads = 1}, kNoProgress);
  ASSERT_TRUE(whole.has_value());
  EXPECT_TRUE(std::isfinite(whole->total.nll()));
  EXPECT_EQ(whole->total.tokens, by_definition(model, data, kConfig.context).total.tokens);
}

TEST(Likelihood, ReportsProgressUpToTheLastTarget) {
  std::int64_t done = 0, total = 0;
  const auto measured =
      likelihood(TestModel(kConfig).engine(), dataset(), {.threads = 1}, [&](auto d, auto of) {
        EXPECT_GE(d, done);
        done = d;
        total = of;
      });
  ASSERT_TRUE(measured.has_value());
  EXPECT_EQ(done, measured->total.tokens);
  EXPECT_EQ(total, measured->total.tokens);
}

TEST(Likelihood, RefusesAnEmptySplitAndListsTheSplits) {
  const auto measured = likelihood(TestModel(kConfig).engine(), dataset(),
                                   {.split = Split::test, .threads = 1}, kNoProgress);
  ASSERT_FALSE(measured.has_value());
  EXPECT_THAT(measured.error().message,
              AllOf(HasSubstr("test split"), HasSubstr("1 train, 3 validation, 0 test")));
}

TEST(Likelihood, RefusesAContextOrThreadsOutOfRange) {
  const auto engine = TestModel(kConfig).engine();
  const auto context = likelihood(engine, dataset(), {.context = -1, .threads = 1}, kNoProgress);
  ASSERT_FALSE(context.has_value());
  EXPECT_THAT(context.error().message, HasSubstr("context is -1"));
  const auto threads = likelihood(engine, dataset(), {.threads = -1}, kNoProgress);
  ASSERT_FALSE(threads.has_value());
  EXPECT_THAT(threads.error().message, HasSubstr("threads is -1"));
}

TEST(Likelihood, InterruptEndsIt) {
  const auto measured =
      likelihood(TestModel(kConfig).engine(), dataset(), {.context = 5, .threads = 1},
                 [](auto, auto) { set_interrupted(true); });
  set_interrupted(false);
  ASSERT_FALSE(measured.has_value());
  EXPECT_EQ(measured.error().kind, Error::Kind::interrupted);
}

TEST(Likelihood, RefusesAModelWhoseLogitsAreNotFinite) {
  TestModel model(kConfig);
  for (auto& [name, values] : model.weights) {
    if (name.ends_with(".weight")) std::ranges::fill(values, 1e30);
  }
  const auto measured = likelihood(model.engine(), dataset(), {.threads = 1}, kNoProgress);
  ASSERT_FALSE(measured.has_value());
  EXPECT_THAT(measured.error().message, HasSubstr("not finite"));
}

}  // namespace
}  // namespace pno::eval
