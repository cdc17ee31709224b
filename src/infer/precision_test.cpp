// Sessions in bf16 and int8: close to float32, and exact among themselves.

#include "infer/kernels/precision.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/allocation_count.h"
#include "infer/session.h"
#include "infer/test_models.h"
#include "simd/every_target.h"
#include "simd/simd_target.h"

namespace pno::infer {
namespace {

using model::Attention;
using model::ModelConfig;

// For logits with a spread of about 1 and random weights, which round worse than trained ones.
constexpr double kBf16Error = 0.03, kInt8Error = 0.12;
// Another order of summation rounds float32 differently; an activation may then become another int8
// value, one step away.
constexpr double kOrderError = 0.08;

double tolerance(Precision precision) {
  return precision == Precision::bf16 ? kBf16Error : kInt8Error;
}

std::vector<ModelConfig> configs() {
  const ModelConfig base{.layers = 2,
                         .heads = 2,
                         .width = 24,
                         .attention_width = 32,
                         .ff_width = 40,
                         .context = 48,
                         .max_distance = 30,
                         .block = 16};
  std::vector<ModelConfig> configs;
  for (const auto attention :
       {Attention::absolute, Attention::relative, Attention::relative_local, Attention::shaw}) {
    auto config = base;
    config.attention = attention;
    configs.push_back(config);
    config.width = 21;
    config.ff_width = 37;
    config.heads = 3;
    config.attention_width = 15;
    config.max_distance = 7;
    configs.push_back(config);
  }
  configs[2].attention_width = 128;
  return configs;
}

template <class Test>
void with_every_model(const Test& test) {
  for (const auto& config : configs()) {
    SCOPED_TRACE(fmt::format("{} {}", enum_name(config.attention), config.width));
    const TestModel model(config);
    for (const auto precision : {Precision::bf16, Precision::int8}) {
      SCOPED_TRACE(enum_name(precision));
      test(model, model.engine({.threads = 1, .precision = precision}));
    }
  }
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
  double largest = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double difference = std::abs(double{a[i]} - double{b[i]});
    // The negation also catches NaN.
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

TEST(Precision, IsNearFloat32OnEverySimdTarget) {
  with_every_model([](const TestModel& model, const std::shared_ptr<const Engine>& engine) {
    const auto tokens = random_tokens(150, 1, model.vocabulary);
    const auto exact = Session(model.engine()).logits_of(tokens);
    const auto best = Session(engine).logits_of(tokens);
    simd::on_every_target([&] {
      const auto logits = Session(engine).logits_of(tokens);
      EXPECT_LT(largest_difference(logits, exact), tolerance(engine->precision()));
      EXPECT_GT(largest_difference(logits, exact), 0) << "it is float32";
      EXPECT_LT(largest_difference(logits, best), kOrderError);
    });
  });
}

TEST(Precision, TokenByTokenEqualsPrefill) {
  with_every_model([](const TestModel& model, const std::shared_ptr<const Engine>& engine) {
    const auto tokens = random_tokens(400, 2, model.vocabulary);
    const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
    const auto at_once = Session(engine).logits_of(tokens);
    Session stepwise(engine);
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      const auto logits = stepwise.step(tokens[t]);
      ASSERT_LT(largest_difference(logits, std::span(at_once).subspan(t * V, V)), kOrderError)
          << "token " << t;
    }
  });
}

TEST(Precision, ForksRewindsAndBatchesAreExact) {
  with_every_model([](const TestModel& model, const std::shared_ptr<const Engine>& engine) {
    const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
    const auto tokens = random_tokens(1300, 3, model.vocabulary);
    for (const std::size_t read : {1U, 30U, 1150U}) {
      Session original(engine);
      for (const auto token : std::span(tokens).first(read)) original.step(token);
      Session fork = original.fork(), rewound = original.fork(), alone = original.fork();
      const auto from = static_cast<std::size_t>(rewound.earliest_rewind());
      rewound.rewind(static_cast<std::int64_t>(from));
      for (std::size_t t = from; t < read; ++t) rewound.step(tokens[t]);
      const std::vector<Session*> sessions = {&original, &fork, &rewound};
      std::vector<float> logits(3 * V);
      for (std::size_t t = read; t < read + 100; ++t) {
        const std::vector<events::Token> same(3, tokens[t]);
        step_together(sessions, same, logits);
        const auto expected = alone.step(tokens[t]);
        for (std::size_t n = 0; n < 3; ++n) {
          ASSERT_TRUE(std::ranges::equal(std::span(logits).subspan(n * V, V), expected))
              << "session " << n << " at " << t;
        }
      }
    }
  });
}

TEST(Precision, GivesTheSameBytesWithAnyNumberOfThreads) {
  const TestModel model(kThreadedTestConfig);
  const auto tokens = random_tokens(400, 4, model.vocabulary);
  for (const auto precision : {Precision::bf16, Precision::int8}) {
    const auto engine = model.engine({.threads = 3, .precision = precision});
    Session one(engine, 1), three(engine, 3);
    EXPECT_EQ(one.logits_of(tokens), three.logits_of(tokens));
    EXPECT_TRUE(std::ranges::equal(one.step(tokens[0]), three.step(tokens[0])));
  }
}

// The ring of 176 slots wraps many times.
TEST(Precision, DoesNotDriftAfterTheWindowSlides) {
  with_every_model([](const TestModel& model, const std::shared_ptr<const Engine>& engine) {
    const auto tokens = random_tokens(3000, 5, model.vocabulary);
    const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
    Session session(engine), exact(model.engine());
    session.prefill(std::span(tokens).first(2900));
    exact.prefill(std::span(tokens).first(2900));
    for (const auto token : std::span(tokens).subspan(2900)) {
      std::vector<float> logits(V);
      std::ranges::copy(session.step(token), logits.begin());
      ASSERT_LT(largest_difference(logits, exact.step(token)), tolerance(engine->precision()));
    }
  });
}

TEST(Precision, StepDoesNotAllocate) {
  with_every_model([](const TestModel& model, const std::shared_ptr<const Engine>& engine) {
    const auto tokens = random_tokens(200, 6, model.vocabulary);
    Session session(engine);
    const auto before = allocation_count();
    for (const auto token : tokens) session.step(token);
    EXPECT_EQ(allocation_count(), before);
  });
}

TEST(Precision, AutomaticIsInt8WithSimd) {
  const TestModel model(configs()[2]);
  EXPECT_EQ(model.engine({.precision = Precision::automatic})->precision(),
            simd::current_target() == "scalar" ? Precision::f32 : Precision::int8);
  EXPECT_EQ(model.engine()->precision(), Precision::f32);
  ::setenv("PNO_SIMD", "scalar", 1);
  const auto engine = model.engine({.precision = Precision::automatic});
  ::unsetenv("PNO_SIMD");
  EXPECT_EQ(engine->precision(), Precision::f32);
  ASSERT_TRUE(simd::use_target(simd::targets().front()).has_value());
}

}  // namespace
}  // namespace pno::infer
