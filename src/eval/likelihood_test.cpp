#include "eval/likelihood.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/interrupt.h"
#include "corpus/windows.h"
#include "events/encode.h"
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
  const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
  for (const auto& window :
       corpus::validation_windows(data, model.vocabulary, {.tokens = context})) {
    const std::span<const events::Token> tokens = window.tokens;
    const auto logits = model.reference(tokens.first(tokens.size() - 1));
    for (std::size_t t = 0; t + 1 < tokens.size(); ++t) {
      const auto row = std::span(logits).subspan(t * V, V);
      double sum = 0;
      for (const double logit : row) sum += std::exp(logit);
      const auto target = tokens[t + 1];
      const bool hit = std::ranges::all_of(row, [&](double l) { return l <= row[target]; });
      const auto kind = static_cast<std::size_t>(model.vocabulary.event(target).kind);
      auto grammar = window.before;
      for (const auto token : tokens.first(t + 1)) grammar.read(token);
      double allowed = 0;
      for (std::size_t i = 0; i < V; ++i) {
        const bool fits = grammar.fault_of(static_cast<events::Token>(i)) == events::Fault::none;
        if (fits) allowed += std::exp(row[i]);
      }
      for (Score* score : {&result.total, &result.by_kind.at(kind)}) {
        score->add({.tokens = 1,
                    .nll_sum = -std::log(std::exp(row[target]) / sum),
                    .grammar_nll_sum = -std::log(std::exp(row[target]) / allowed),
                    .hits = hit ? 1 : 0});
      }
    }
  }
  return result;
}

void expect_same(const Score& score, const Score& expected) {
  EXPECT_EQ(score.tokens, expected.tokens);
  EXPECT_EQ(score.hits, expected.hits);
  EXPECT_NEAR(score.nll(), expected.nll(), kTolerance);
  EXPECT_NEAR(score.grammar_nll(), expected.grammar_nll(), kTolerance);
}

TEST(Likelihood, EqualsTheReferenceInTotalAndByKind) {
  const TestModel model(kConfig);
  const auto data = dataset();
  for (const int context : {0, 32, 9}) {
    const auto measured =
        likelihood(model.engine(), data, {.window = context, .threads = 2}, kNoProgress);
    ASSERT_TRUE(measured.has_value()) << measured.error().message;
    const auto expected = by_definition(model, data, context == 0 ? kConfig.context : context);
    expect_same(measured->total, expected.total);
    for (std::size_t kind = 0; kind < events::kEventKinds; ++kind) {
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
  EXPECT_NEAR(measured->total.nll(), std::log(kTestVocabulary.outputs()), kTolerance);
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

TEST(Likelihood, ScoresAtMostTheSample) {
  const TestModel model(kConfig);
  const auto measured =
      likelihood(model.engine(), dataset(), {.window = 10, .sample = 4, .threads = 1}, kNoProgress);
  ASSERT_TRUE(measured.has_value());
  EXPECT_LE(measured->total.tokens, 40);
  EXPECT_GT(measured->total.tokens, 0);
}

TEST(Likelihood, WindowsLongerThanTheContextScoreEveryTarget) {
  const TestModel model(kConfig);
  const auto data = dataset();
  const auto whole =
      likelihood(model.engine(), data, {.window = 100000, .threads = 1}, kNoProgress);
  ASSERT_TRUE(whole.has_value());
  EXPECT_TRUE(std::isfinite(whole->total.nll()));
  EXPECT_EQ(whole->total.tokens, by_definition(model, data, kConfig.context).total.tokens);
}

// Each target with the tokens before it in its window, of a window for every target.
TEST(Likelihood, AStrideOfOneGivesEveryTargetAFullWindow) {
  constexpr int kWindow = 6;
  const TestModel model(kConfig);
  const auto data = dataset();
  const auto measured =
      likelihood(model.engine(), data, {.window = kWindow, .stride = 1, .threads = 2}, kNoProgress);
  ASSERT_TRUE(measured.has_value());
  Score expected;
  const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
  for (const auto& piece : corpus::validation_windows(data, model.vocabulary, {.tokens = 100000})) {
    const std::span<const events::Token> tokens = piece.tokens;
    for (std::size_t target = 1; target < tokens.size(); ++target) {
      const auto first = target > kWindow ? target - kWindow : 0;
      const auto logits = model.reference(tokens.subspan(first, target - first));
      const auto row = std::span(logits).last(V);
      double sum = 0;
      for (const double logit : row) sum += std::exp(logit);
      expected.add({.tokens = 1, .nll_sum = std::log(sum) - row[tokens[target]]});
    }
  }
  EXPECT_EQ(measured->total.tokens, expected.tokens);
  EXPECT_NEAR(measured->total.nll(), expected.nll(), kTolerance);
}

TEST(Likelihood, PiecesAndPositionsAddUpToTheTotal) {
  const TestModel model(kConfig);
  const auto data = dataset();
  const auto measured =
      likelihood(model.engine(), data, {.window = 100, .threads = 1}, kNoProgress);
  ASSERT_TRUE(measured.has_value());
  ASSERT_EQ(measured->pieces.size(), 3U);
  Score pieces, positions;
  std::int64_t notes = 0;
  for (const auto& piece : measured->pieces) {
    pieces.add(piece.score);
    std::vector<events::PlainNote> music;
    data.gather(piece.piece, 0, data.notes_of(piece.piece), music);
    const auto tokens = events::encode(music, model.vocabulary);
    EXPECT_EQ(piece.notes, std::ranges::count_if(tokens, [&](events::Token token) {
                return model.vocabulary.event(token).kind == Kind::note_on;
              }));
    notes += piece.notes;
  }
  std::vector<int> firsts;
  for (const auto& range : measured->by_position) {
    positions.add(range.score);
    firsts.push_back(range.first);
  }
  for (const auto& sum : {pieces, positions}) {
    EXPECT_EQ(sum.tokens, measured->total.tokens);
    EXPECT_NEAR(sum.nll_sum, measured->total.nll_sum, 1e-9 * measured->total.nll_sum);
  }
  EXPECT_THAT(firsts, testing::ElementsAre(0, 64));
  EXPECT_EQ(measured->notes, notes);
  EXPECT_NEAR(measured->per_note() * static_cast<double>(notes), measured->total.nll_sum, 1e-6);
  EXPECT_NEAR(measured->per_second() * measured->music_seconds, measured->total.nll_sum, 1e-6);
  EXPECT_LE(measured->nll.low, measured->total.nll());
  EXPECT_GE(measured->nll.high, measured->total.nll());
  EXPECT_LT(measured->nll.low, measured->nll.high);
  EXPECT_LE(measured->grammar_nll.high, measured->nll.high);
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

TEST(Likelihood, RefusesOptionsOutOfRange) {
  const auto engine = TestModel(kConfig).engine();
  const auto context = likelihood(engine, dataset(), {.window = -1, .threads = 1}, kNoProgress);
  ASSERT_FALSE(context.has_value());
  EXPECT_THAT(context.error().message, HasSubstr("window is -1"));
  const auto stride = likelihood(engine, dataset(), {.window = 10, .stride = 11}, kNoProgress);
  ASSERT_FALSE(stride.has_value());
  EXPECT_THAT(stride.error().message,
              HasSubstr("stride is 11; it must be 0 (no overlap) to the window, 10"));
  const auto threads = likelihood(engine, dataset(), {.threads = -1}, kNoProgress);
  ASSERT_FALSE(threads.has_value());
  EXPECT_THAT(threads.error().message, HasSubstr("threads is -1"));
}

TEST(Likelihood, InterruptEndsIt) {
  const auto measured =
      likelihood(TestModel(kConfig).engine(), dataset(), {.window = 5, .threads = 1},
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
