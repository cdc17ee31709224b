#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/allocation_count.h"
#include "infer/decoder.h"
#include "infer/session.h"
#include "infer/test_models.h"
#include "simd/every_target.h"

namespace pno::infer {
namespace {

using events::Token;
using model::Activation;
using model::Attention;
using model::ModelConfig;
using model::Position;

// The logits of these small models are about 1.
constexpr double kTolerance = 1e-5;

ModelConfig small_config() {
  return {.layers = 2,
          .heads = 2,
          .width = 24,
          .attention_width = 32,
          .ff_width = 40,
          .context = 48,
          .max_distance = 48,
          .block = 16};
}

struct Case {
  const char* name;
  ModelConfig config;
};

std::vector<Case> cases() {
  std::vector<Case> cases;
  const auto add = [&](const char* name, const auto& change) {
    auto config = small_config();
    change(config);
    cases.push_back({name, config});
  };
  for (const auto attention :
       {Attention::absolute, Attention::relative, Attention::relative_local, Attention::shaw}) {
    add(enum_names(attention)[static_cast<std::size_t>(attention)],
        [&](auto& c) { c.attention = attention; });
  }
  add("distances cut", [](auto& c) { c.max_distance = 7; });
  add("distances clipped", [](auto& c) {
    c.attention = Attention::shaw;
    c.max_distance = 7;
  });
  add("one distance", [](auto& c) {
    c.attention = Attention::shaw;
    c.max_distance = 1;
  });
  add("blocks that do not divide the context", [](auto& c) {
    c.attention = Attention::relative_local;
    c.block = 11;
  });
  add("blocks of one", [](auto& c) {
    c.attention = Attention::relative_local;
    c.block = 1;
  });
  add("blocks and few distances", [](auto& c) {
    c.attention = Attention::relative_local;
    c.max_distance = 9;
  });
  add("relative with sinusoids", [](auto& c) { c.position = Position::sinusoidal; });
  add("absolute without positions", [](auto& c) {
    c.attention = Attention::absolute;
    c.position = Position::none;
  });
  add("gelu", [](auto& c) { c.activation = Activation::gelu; });
  add("tied", [](auto& c) { c.tie_embeddings = true; });
  add("heads of 8", [](auto& c) { c.heads = 4; });
  add("heads of 24", [](auto& c) { c.attention_width = 48; });
  add("heads of 64", [](auto& c) { c.attention_width = 128; });
  add("heads of 1", [](auto& c) { c.attention_width = 2; });
  add("odd widths", [](auto& c) {
    c.width = 21;
    c.ff_width = 37;
    c.heads = 3;
    c.attention_width = 15;
    c.attention = Attention::absolute;
  });
  add("three blocks of prefill", [](auto& c) {
    c.context = 2 * Decoder::kBlock + 9;
    c.max_distance = 150;
    c.layers = 1;
    c.width = 12;
  });
  return cases;
}

void expect_near(std::span<const float> logits, std::span<const double> expected,
                 double tolerance = kTolerance) {
  ASSERT_EQ(logits.size(), expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double difference = std::abs(logits[i] - expected[i]);
    // The negation also catches NaN.
    if (!(difference <= worst)) worst = difference;
  }
  EXPECT_LE(worst, tolerance);
}

std::vector<double> row_of(std::span<const double> logits, std::size_t row, std::size_t width) {
  const auto part = logits.subspan(row * width, width);
  return {part.begin(), part.end()};
}

class SessionOf : public testing::TestWithParam<Case> {
 protected:
  const TestModel model_{GetParam().config};
  const std::vector<Token> tokens_ =
      random_tokens(static_cast<std::size_t>(model_.config.context), 3, model_.vocabulary);
  const std::size_t V_ = static_cast<std::size_t>(model_.vocabulary.outputs());
};

TEST_P(SessionOf, PrefillEqualsTheReference) {
  const auto expected = model_.reference(tokens_);
  simd::on_every_target([&] {
    Session session(model_.engine());
    expect_near(session.logits_of(tokens_), expected);
    EXPECT_EQ(session.position(), static_cast<std::int64_t>(tokens_.size()));
  });
}

TEST_P(SessionOf, TokenByTokenEqualsTheReference) {
  const auto expected = model_.reference(tokens_);
  Session session(model_.engine());
  for (std::size_t t = 0; t < tokens_.size(); ++t) {
    expect_near(session.step(tokens_[t]), row_of(expected, t, V_));
  }
}

TEST_P(SessionOf, PrefillGivesTheLogitsOfTheLastToken) {
  const auto expected = model_.reference(tokens_);
  Session session(model_.engine());
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{2}, tokens_.size() / 2, tokens_.size()}) {
    session.reset();
    expect_near(session.prefill(std::span(tokens_).first(size)), row_of(expected, size - 1, V_));
  }
}

TEST_P(SessionOf, ContinuesBeyondTheContextInAnyPortions) {
  const auto tokens = random_tokens(tokens_.size() * 3 + 5, 4, model_.vocabulary);
  Session by_one(model_.engine()), by_seven(model_.engine());
  const auto at_once = Session(model_.engine()).logits_of(tokens);
  for (std::size_t begin = 0; begin < tokens.size(); begin += 7) {
    const auto part =
        std::span(tokens).subspan(begin, std::min<std::size_t>(7, tokens.size() - begin));
    std::vector<float> last;
    for (const Token token : part) {
      const auto logits = by_one.step(token);
      last.assign(logits.begin(), logits.end());
    }
    const std::vector<double> expected(last.begin(), last.end());
    expect_near(by_seven.prefill(part), expected);
    expect_near(std::span(at_once).subspan((begin + part.size() - 1) * V_, V_), expected);
  }
}

TEST_P(SessionOf, GivesTheSameBytesWithAnyNumberOfThreads) {
  const auto engine = model_.engine();
  Session one(engine, 1), three(engine, 3);
  EXPECT_EQ(one.logits_of(tokens_), three.logits_of(tokens_));
}

INSTANTIATE_TEST_SUITE_P(EveryModel, SessionOf, testing::ValuesIn(cases()), [](const auto& of) {
  std::string name = of.param.name;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
});

TEST(Session, GivesTheSameBytesWithAnyNumberOfThreadsOnALargerModel) {
  const TestModel model(kThreadedTestConfig);
  const auto tokens = random_tokens(400, 5, model.vocabulary);
  const auto engine = model.engine();
  Session one(engine, 1), two(engine, 2), five(engine, 5);
  const auto expected = one.logits_of(tokens);
  EXPECT_EQ(two.logits_of(tokens), expected);
  EXPECT_EQ(five.logits_of(tokens), expected);
  for (const Token token : std::span(tokens).first(20)) {
    const auto logits = one.step(token);
    const std::vector<float> of_one(logits.begin(), logits.end());
    EXPECT_TRUE(std::ranges::equal(two.step(token), of_one));
    EXPECT_TRUE(std::ranges::equal(five.step(token), of_one));
  }
}

// docs/design.md section 8, "The window never grows past the prime".
TEST(Session, WindowGrowsBeyondThePrime) {
  const TestModel model(small_config());
  const auto tokens = random_tokens(40, 6, model.vocabulary);
  auto others = tokens;
  others[0] = static_cast<Token>(others[0] == 0 ? 1 : 0);
  Session session(model.engine()), of_others(model.engine());
  session.prefill(std::span(tokens).first(1));
  of_others.prefill(std::span(others).first(1));
  const auto expected = model.reference(tokens);
  const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
  for (std::size_t t = 1; t < tokens.size(); ++t) {
    const auto logits = session.step(tokens[t]), other_logits = of_others.step(tokens[t]);
    expect_near(logits, row_of(expected, t, V));
    EXPECT_FALSE(std::ranges::equal(logits, other_logits)) << "the prime is not visible";
  }
}

// With one layer, the keys and values of a position depend on its own token only.
TEST(Session, BeyondTheContextOneLayerSeesOnlyTheContext) {
  for (const auto attention : {Attention::relative, Attention::shaw}) {
    auto config = small_config();
    config.layers = 1;
    config.attention = attention;
    const TestModel model(config);
    const auto tokens = random_tokens(500, 7, model.vocabulary);
    const auto context = static_cast<std::size_t>(config.context);
    const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
    Session session(model.engine());
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      const auto logits = session.step(tokens[t]);
      if (t + 1 < context || t % 50 != 0) continue;
      const auto window = std::span(tokens).subspan(t + 1 - context, context);
      expect_near(logits, row_of(model.reference(window), context - 1, V));
    }
  }
}

TEST(Session, WithAbsolutePositionsTheLaterHalfIsReadAgain) {
  auto config = small_config();
  config.attention = Attention::absolute;
  const TestModel model(config);
  const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
  const auto context = static_cast<std::size_t>(config.context);
  const auto tokens = random_tokens(2 * context, 8, model.vocabulary);
  Session session(model.engine());
  std::size_t window = 0;
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    window = window == context ? context / 2 + 1 : window + 1;
    const auto seen = std::span(tokens).subspan(t + 1 - window, window);
    expect_near(session.step(tokens[t]), row_of(model.reference(seen), window - 1, V));
  }
}

TEST(Session, ThousandsOfTokensBeyondTheContextStayFinite) {
  for (const auto attention :
       {Attention::absolute, Attention::relative, Attention::relative_local, Attention::shaw}) {
    auto config = small_config();
    config.attention = attention;
    const TestModel model(config);
    Session session(model.engine({.threads = 1}));
    for (const Token token : random_tokens(5000, 9, model.vocabulary)) {
      const auto logits = session.step(token);
      ASSERT_TRUE(std::ranges::all_of(logits, [](float logit) { return std::isfinite(logit); }));
    }
    EXPECT_EQ(session.position(), 5000);
  }
}

TEST(Session, StepDoesNotAllocate) {
  for (const auto attention :
       {Attention::absolute, Attention::relative, Attention::relative_local, Attention::shaw}) {
    auto config = small_config();
    config.attention = attention;
    const TestModel model(config);
    const auto tokens = random_tokens(200, 10, model.vocabulary);
    Session session(model.engine());
    const auto before = allocation_count();
    for (const Token token : tokens) session.step(token);
    EXPECT_EQ(allocation_count(), before);
    auto* counted = new int(0);
    EXPECT_GT(allocation_count(), before) << "allocations are not counted";
    delete counted;
  }
}

TEST(Session, ResetForgetsEverything) {
  const TestModel model(small_config());
  const auto tokens = random_tokens(100, 11, model.vocabulary);
  Session session(model.engine());
  const auto first = session.logits_of(tokens);
  session.reset();
  EXPECT_EQ(session.position(), 0);
  EXPECT_EQ(session.logits_of(tokens), first);
}

TEST(Session, KeepsItsEngineAlive) {
  const TestModel model(small_config());
  auto engine = model.engine();
  Session session(std::move(engine));
  const auto tokens = random_tokens(5, 12, model.vocabulary);
  expect_near(
      session.prefill(tokens),
      row_of(model.reference(tokens), 4, static_cast<std::size_t>(model.vocabulary.outputs())));
}

}  // namespace
}  // namespace pno::infer
