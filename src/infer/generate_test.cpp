#include "infer/generate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/interrupt.h"
#include "events/decode.h"
#include "infer/test_models.h"

namespace pno::infer {
namespace {

using events::Kind;
using events::Token;
using testing::Each;
using testing::HasSubstr;

constexpr auto& kConfig = kTestConfig;
constexpr auto& kVocabulary = kTestVocabulary;

// A model whose logits do not depend on its input.
std::shared_ptr<const Engine> engine_of_logits(double others,
                                               const std::map<Token, double>& logits) {
  TestModel model(kConfig);
  std::ranges::fill(model.weights["output.weight"], 0.0);
  auto& bias = model.weights["output.bias"];
  std::ranges::fill(bias, others);
  for (const auto& [token, logit] : logits) bias[token] = logit;
  return model.engine();
}

std::vector<Token> drawn(const Generated& generated) {
  return {generated.tokens.begin() + generated.prime_tokens, generated.tokens.end()};
}

std::vector<Token> generate_tokens(const std::shared_ptr<const Engine>& engine,
                                   const GenerateOptions& options) {
  const auto generated = generate(engine, options, {});
  EXPECT_TRUE(generated.has_value()) << generated.error().message;
  return generated ? drawn(*generated) : std::vector<Token>{};
}

TEST(Generate, StopsAfterTheRequestedTokens) {
  const auto engine = engine_of_logits(0, {{kVocabulary.eos(), -100}});
  for (const std::int64_t count : {1, 2, 100}) {
    const auto generated = generate(engine, {.seconds = 0, .tokens = count}, {});
    ASSERT_TRUE(generated.has_value());
    EXPECT_EQ(generated->drawn_tokens, count);
  }
}

TEST(Generate, StopsAfterTheRequestedSeconds) {
  const auto engine =
      engine_of_logits(0, {{kVocabulary.eos(), -100}, {kVocabulary.time_shift(4), 1}});
  const auto tokens = generate_tokens(engine, {.seconds = 0.5});
  std::int64_t steps = 0, steps_before_the_last = 0;
  for (const Token token : tokens) {
    const auto event = kVocabulary.event(token);
    if (event.kind != Kind::time_shift) continue;
    steps_before_the_last = steps;
    steps += event.value;
  }
  EXPECT_GE(steps, 50);
  EXPECT_LT(steps_before_the_last, 50);
  EXPECT_GT(std::ssize(tokens), steps / 4) << "notes too";
}

TEST(Generate, StopsAtWhicheverLimitComesFirst) {
  const auto shifts = engine_of_logits(-100, {{kVocabulary.time_shift(4), 0}});
  EXPECT_EQ(std::ssize(generate_tokens(shifts, {.seconds = 1, .tokens = 10})), 10);
  EXPECT_EQ(std::ssize(generate_tokens(shifts, {.seconds = 1, .tokens = 1000})), 25);
}

TEST(Generate, StopsAtTheEndOfThePiece) {
  const auto engine = engine_of_logits(-100, {{kVocabulary.eos(), 100}});
  EXPECT_THAT(
      generate_tokens(engine, {.draw = {.unconstrained = true, .until_end = true}, .seconds = 10}),
      testing::ElementsAre(kVocabulary.eos()));
  // The notes that sound when EOS is drawn end before it.
  const std::vector<Token> prime = {kVocabulary.bos(), kVocabulary.velocity(0),
                                    kVocabulary.note_on(60), kVocabulary.note_on(64),
                                    kVocabulary.time_shift(1)};
  const GenerateOptions options{.draw = {.until_end = true}, .prime = prime, .seconds = 10};
  EXPECT_THAT(
      generate_tokens(engine, options),
      testing::ElementsAre(kVocabulary.note_off(60), kVocabulary.note_off(64), kVocabulary.eos()));
  const auto generated = generate(engine, options, {});
  EXPECT_EQ(generated->ended, Ended::end);
  EXPECT_EQ(generated->mended[static_cast<std::size_t>(Fault::piece_end)], 1);
}

TEST(Generate, SaysWhatEndedThePiece) {
  const auto engine = engine_of_logits(0, {{kVocabulary.eos(), -100}});
  EXPECT_EQ(generate(engine, {.seconds = 0, .tokens = 50}, {})->ended, Ended::limit);
  const auto ending = engine_of_logits(0, {{kVocabulary.eos(), 5}});
  const GenerateOptions options{.draw = {.until_end = true}, .seconds = 0, .tokens = 1000};
  const auto generated = generate(ending, options, {});
  EXPECT_EQ(generated->ended, Ended::end);
  EXPECT_EQ(generated->tokens.back(), kVocabulary.eos());
  EXPECT_EQ(events::decode(generated->tokens, kVocabulary).mended.total(), 0);
}

TEST(Generate, DrawsEosOnlyWithUntilEnd) {
  const auto engine =
      engine_of_logits(-100, {{kVocabulary.eos(), 100}, {kVocabulary.time_shift(4), 0}});
  EXPECT_THAT(generate_tokens(engine, {.seconds = 0, .tokens = 50}),
              Each(kVocabulary.time_shift(4)));
}

TEST(Generate, NeverDrawsBos) {
  const auto engine =
      engine_of_logits(-100, {{kVocabulary.bos(), 100}, {kVocabulary.time_shift(4), 0}});
  EXPECT_THAT(generate_tokens(engine, {.seconds = 0, .tokens = 50}),
              Each(kVocabulary.time_shift(4)));
}

TEST(Generate, UnconstrainedModelWithoutTimeShiftsStopsAtTheTokenLimit) {
  const auto engine = engine_of_logits(-100, {{kVocabulary.note_on(60), 0}});
  const DrawOptions raw{.unconstrained = true};
  const auto generated = generate(engine, {.draw = raw, .seconds = 1.5}, {});
  ASSERT_TRUE(generated.has_value());
  EXPECT_EQ(std::ssize(generated->tokens), 2 * kMaxTokensPerSecond);
  EXPECT_TRUE(generated->too_dense);
  const auto by_count = generate(engine, {.draw = raw, .seconds = 0, .tokens = 9}, {});
  ASSERT_TRUE(by_count.has_value());
  EXPECT_FALSE(by_count->too_dense);
}

// The same model: its one pitch is struck again and again, as often as the limits allow.
TEST(Generate, ConstraintsUnblockAModelThatRepeatsOneNote) {
  const auto engine = engine_of_logits(-100, {{kVocabulary.note_on(60), 0}});
  const auto generated = generate(engine, {.seconds = 30}, {});
  ASSERT_TRUE(generated.has_value());
  EXPECT_FALSE(generated->too_dense);
  EXPECT_GT(generated->mended_total(), 0);
  const auto decoded = events::decode(generated->tokens, kVocabulary);
  EXPECT_GT(decoded.performance.notes.size(), 3U);
}

// Invalid events are drawn again and counted, and every note ends.
TEST(Generate, OutputOfAnyModelNeedsNoMending) {
  for (const auto attention : {model::Attention::absolute, model::Attention::relative,
                               model::Attention::relative_local, model::Attention::shaw}) {
    auto config = kConfig;
    config.attention = attention;
    const auto engine = TestModel(config).engine();
    for (const double temperature : {0.0, 0.7, 1.0, 3.0}) {
      const GenerateOptions options{
          .draw = {.sampler = {.temperature = temperature}}, .seconds = 0, .tokens = 500};
      const auto generated = generate(engine, options, {});
      ASSERT_TRUE(generated.has_value());
      EXPECT_GT(generated->mended_total(), 0) << "a model with random weights";
      EXPECT_EQ(events::decode(generated->tokens, kVocabulary).mended.total(), 0);
    }
  }
}

TEST(Generate, UnconstrainedOutputIsMendedByDecode) {
  const auto engine = engine_of_logits(-100, {{kVocabulary.note_on(60), 0},
                                              {kVocabulary.note_on(64), 0},
                                              {kVocabulary.note_off(10), 0},
                                              {kVocabulary.time_shift(4), 0}});
  const auto generated = generate(engine, {.draw = {.unconstrained = true}, .seconds = 2}, {});
  ASSERT_TRUE(generated.has_value());
  EXPECT_EQ(generated->mended_total(), 0);
  const auto decoded = events::decode(generated->tokens, kVocabulary);
  ASSERT_FALSE(decoded.performance.notes.empty());
  EXPECT_GT(decoded.mended.unended_notes, 0);
  EXPECT_GT(decoded.mended.stray_note_offs, 0);
  for (const auto& note : decoded.performance.notes) {
    EXPECT_LE(note.end_us(), decoded.length_us + 10000);
  }
}

// The fraction of notes in the key, from a model without a key.
double share_in_key(const std::shared_ptr<const Engine>& engine, const Key& key,
                    const SoftControlOptions& controls) {
  const auto generated = generate(engine, {.draw = {.controls = controls}, .seconds = 200}, {});
  EXPECT_TRUE(generated.has_value());
  const auto decoded = events::decode(generated->tokens, kVocabulary);
  const auto& notes = decoded.performance.notes;
  const auto in_key = std::ranges::count_if(
      notes, [&](const midi::Note& note) { return foreignness(key, note.pitch) < 1; });
  return static_cast<double>(in_key) / static_cast<double>(notes.size());
}

TEST(Generate, KeyRaisesTheFractionOfItsNotes) {
  const auto engine = TestModel(kConfig).engine();
  const Key key{1, true};
  const double foreign = 1 - share_in_key(engine, key, {});
  EXPECT_LT(1 - share_in_key(engine, key, {.key = key}), foreign / 2);
}

TEST(Generate, TogetherEqualsOneByOne) {
  for (const auto attention : {model::Attention::relative, model::Attention::absolute}) {
    auto config = kConfig;
    config.attention = attention;
    const auto engine = TestModel(config).engine();
    // Long enough to slide; pieces end at different times.
    GenerateOptions options{.draw = {.until_end = true},
                            .prime = {kVocabulary.bos(), kVocabulary.velocity(0)},
                            .seconds = 3,
                            .seed = 5};
    for (const int count : {2, 5}) {
      const auto together = generate_together(engine, options, count, {});
      ASSERT_TRUE(together.has_value());
      for (int k = 0; k < count; ++k) {
        auto alone = options;
        alone.stream = static_cast<std::uint64_t>(k);
        const auto piece = generate(engine, alone, {});
        ASSERT_TRUE(piece.has_value());
        EXPECT_EQ(together->at(static_cast<std::size_t>(k)).tokens, piece->tokens) << k;
        EXPECT_EQ(together->at(static_cast<std::size_t>(k)).mended, piece->mended) << k;
      }
    }
  }
}

TEST(Generate, ContinuesThePrime) {
  const TestModel model(kConfig);
  const auto engine = model.engine();
  const auto prime = random_tokens(20, 1, kVocabulary);
  const GenerateOptions options{.draw = {.sampler = {.temperature = 0}, .unconstrained = true},
                                .prime = prime,
                                .seconds = 0,
                                .tokens = 5};
  const auto generated = generate(engine, options, {});
  ASSERT_TRUE(generated.has_value());
  EXPECT_EQ(generated->prime_tokens, 20);
  EXPECT_TRUE(std::equal(prime.begin(), prime.end(), generated->tokens.begin()));

  // The next event is the most likely one of the reference except BOS.
  auto tokens = prime;
  const auto V = static_cast<std::size_t>(kVocabulary.outputs());
  for (const Token token : drawn(*generated)) {
    const auto logits = model.reference(tokens);
    auto last = std::vector<double>(logits.end() - static_cast<std::ptrdiff_t>(V), logits.end());
    last[kVocabulary.bos()] = -INFINITY;
    EXPECT_EQ(token, std::ranges::max_element(last) - last.begin());
    tokens.push_back(token);
  }
}

TEST(Generate, WithoutAPrimeStartsFromBos) {
  const TestModel model(kConfig);
  const auto engine = model.engine();
  const GenerateOptions unprimed{.seconds = 0, .tokens = 10};
  auto primed = unprimed;
  primed.prime = {kVocabulary.bos()};
  const auto generated = generate(engine, unprimed, {});
  ASSERT_TRUE(generated.has_value());
  EXPECT_EQ(generated->prime_tokens, 0);
  EXPECT_EQ(drawn(*generated), generate_tokens(engine, primed));
}

TEST(Generate, AcceptsAPrimeLongerThanTheContext) {
  for (const auto attention : {model::Attention::relative, model::Attention::absolute}) {
    auto config = kConfig;
    config.layers = 1;
    config.attention = attention;
    const TestModel model(config);
    const auto engine = model.engine();
    const auto prime = random_tokens(500, 1, kVocabulary);
    const auto tokens = generate_tokens(
        engine,
        {.draw = {.unconstrained = true}, .prime = prime, .seconds = 0, .tokens = 100, .seed = 3});
    EXPECT_FALSE(tokens.empty());
    if (attention == model::Attention::absolute) continue;
    // One layer sees only the context, so the rest of the prime does not matter.
    const GenerateOptions options{.draw = {.unconstrained = true},
                                  .prime = {prime.end() - config.context, prime.end()},
                                  .seconds = 0,
                                  .tokens = 100,
                                  .seed = 3};
    EXPECT_EQ(generate_tokens(engine, options), tokens);
  }
}

TEST(Generate, SameSeedRepeatsAndStreamsDiffer) {
  const auto engine = TestModel(kConfig).engine();
  const GenerateOptions options{.seconds = 0, .tokens = 40, .seed = 7};
  auto other_seed = options, other_stream = options;
  other_seed.seed = 8;
  other_stream.stream = 1;
  const auto tokens = generate_tokens(engine, options);
  EXPECT_EQ(generate_tokens(engine, options), tokens);
  EXPECT_NE(generate_tokens(engine, other_seed), tokens);
  EXPECT_NE(generate_tokens(engine, other_stream), tokens);
}

TEST(Generate, ReportsProgressAndTimes) {
  const auto engine = engine_of_logits(0, {{kVocabulary.eos(), -100}});
  std::vector<std::int64_t> done, totals;
  const auto generated = generate(engine, {.seconds = 0, .tokens = 5}, [&](auto d, auto total) {
    done.push_back(d);
    totals.push_back(total);
  });
  ASSERT_TRUE(generated.has_value());
  EXPECT_THAT(done, testing::ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(totals, Each(5));
  EXPECT_GT(generated->first_token_ms, 0);
  EXPECT_GT(generated->draw_seconds, 0);
  EXPECT_NEAR(generated->seconds, generated->first_token_ms / 1e3 + generated->draw_seconds, 1e-9);
}

TEST(Generate, AnInterruptEndsThePieceThere) {
  const auto engine = engine_of_logits(0, {{kVocabulary.eos(), -100}});
  const auto generated = generate(engine, {.seconds = 0, .tokens = 1000}, [](auto done, auto) {
    if (done == 3) set_interrupted(true);
  });
  set_interrupted(false);
  ASSERT_TRUE(generated.has_value());
  EXPECT_EQ(generated->ended, Ended::interrupted);
  EXPECT_EQ(generated->drawn_tokens, 3);
  EXPECT_EQ(events::decode(generated->tokens, kVocabulary).mended.total(), 0);
}

TEST(Generate, ListenerGetsTheEventsOfTheFirstPieceAndMayEndIt) {
  const auto engine = engine_of_logits(0, {{kVocabulary.eos(), -100}});
  std::vector<Token> heard;
  GenerateOptions options{.seconds = 0, .tokens = 40};
  options.listener = [&](Token token) {
    heard.push_back(token);
    return true;
  };
  const auto whole = generate_together(engine, options, /*count=*/2, {});
  ASSERT_TRUE(whole);
  EXPECT_EQ(heard.size(), 40U);
  const auto tokens = drawn(whole->front());
  EXPECT_TRUE(std::equal(heard.begin(), heard.end() - 1, tokens.begin()))
      << "the last event may be shortened";
  heard.clear();
  options.listener = [&](Token token) {
    heard.push_back(token);
    return heard.size() < 7;
  };
  const auto cut = generate(engine, options, {});
  ASSERT_TRUE(cut);
  EXPECT_EQ(heard.size(), 7U);
  EXPECT_EQ(cut->drawn_tokens, 7);
  EXPECT_EQ(cut->ended, Ended::interrupted);
}

TEST(Generate, RefusesInvalidOptions) {
  const auto engine = TestModel(kConfig).engine();
  const std::vector<std::pair<GenerateOptions, std::string>> cases = {
      {{.seconds = 0}, "without an end"},
      {{.seconds = -1}, "seconds is -1"},
      {{.seconds = std::nan("")}, "seconds is nan"},
      {{.seconds = HUGE_VAL}, "seconds is inf"},
      {{.tokens = -1}, "tokens is -1"},
      {{.draw = {.sampler = {.top_p = 0}}}, "top_p is 0"},
      {{.draw = {.limits = {.longest_note_s = -1}}}, "longest_note is -1"},
      {{.draw = {.controls = {.density = -1}}}, "density is -1"}};
  for (const auto& [options, message] : cases) {
    const auto generated = generate(engine, options, {});
    ASSERT_FALSE(generated.has_value()) << message;
    EXPECT_THAT(generated.error().message, HasSubstr(message));
    EXPECT_EQ(generated.error().kind, Error::Kind::usage);
  }
}

TEST(Generate, RefusesAPrimeOfAnotherVocabulary) {
  const auto generated =
      generate(TestModel(kConfig).engine(), {.prime = {events::kPerformance.bos()}}, {});
  ASSERT_FALSE(generated.has_value());
  EXPECT_THAT(generated.error().message, HasSubstr("vocabulary"));
}

// Finite weights can give logits that are not finite.
TEST(Generate, RefusesAModelWhoseLogitsAreNotFinite) {
  TestModel model(kConfig);
  for (auto& [name, values] : model.weights) {
    if (name.ends_with(".weight")) std::ranges::fill(values, 1e30);
  }
  const auto generated = generate(model.engine(), {.seconds = 1}, {});
  ASSERT_FALSE(generated.has_value());
  EXPECT_THAT(generated.error().message, HasSubstr("not finite"));
}

}  // namespace
}  // namespace pno::infer
