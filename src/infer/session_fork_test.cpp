// Rewinding, forking and copying sessions, and reading several of them together.

#include <gtest/gtest.h>

#include <algorithm>

#include "base/allocation_count.h"
#include "infer/session.h"
#include "infer/test_models.h"
#include "simd/every_target.h"

namespace pno::infer {
namespace {

using events::Token;
using model::Attention;
using model::ModelConfig;

constexpr std::size_t kContext = 48;
constexpr std::size_t kReach = 1025;  // the furthest rewind of a window that slides

std::vector<ModelConfig> configs() {
  std::vector<ModelConfig> configs;
  for (const auto attention :
       {Attention::absolute, Attention::relative, Attention::relative_local, Attention::shaw}) {
    configs.push_back({.layers = 2,
                       .heads = 2,
                       .width = 24,
                       .attention_width = 48,
                       .ff_width = 40,
                       .context = kContext,
                       .max_distance = 30,
                       .block = 16,
                       .attention = attention});
  }
  return configs;
}

template <class Test>
void with_every_attention(const Test& test) {
  for (const auto& config : configs()) {
    SCOPED_TRACE(enum_name(config.attention));
    test(TestModel(config));
  }
}

std::vector<float> copy(std::span<const float> logits) {
  return {logits.begin(), logits.end()};
}

// The logits after each of the tokens, read one by one.
std::vector<std::vector<float>> stepped(Session& session, std::span<const Token> tokens) {
  std::vector<std::vector<float>> rows;
  for (const Token token : tokens) rows.push_back(copy(session.step(token)));
  return rows;
}

TEST(SessionFork, ForkContinuesLikeTheOriginalAndDoesNotChangeIt) {
  with_every_attention([](const TestModel& model) {
    const auto tokens = random_tokens(1300, 1, model.vocabulary);
    const auto others = random_tokens(60, 2, model.vocabulary);
    const auto engine = model.engine();
    for (const std::size_t read : {0U, 1U, 20U, 47U, 48U, 49U, 1072U, 1073U, 1200U}) {
      const auto before = std::span(tokens).first(read);
      const auto after = std::span(tokens).subspan(read, 60);
      Session original(engine), expected(engine);
      if (read > 0) original.prefill(before), expected.prefill(before);
      auto fork = original.fork();
      EXPECT_EQ(fork.position(), original.position());
      EXPECT_EQ(copy(fork.logits()), copy(original.logits()));
      stepped(fork, others);
      const auto wanted = stepped(expected, after);
      auto second = original.fork();
      EXPECT_EQ(stepped(second, after), wanted) << "the fork, after " << read;
      EXPECT_EQ(stepped(original, after), wanted) << "the original, after " << read;
    }
  });
}

TEST(SessionFork, CopyReplacesWhatASessionHasRead) {
  with_every_attention([](const TestModel& model) {
    const auto tokens = random_tokens(1300, 3, model.vocabulary);
    const auto engine = model.engine();
    for (const std::size_t read : {5U, 1150U}) {
      Session original(engine), copied(engine);
      original.prefill(std::span(tokens).first(read));
      copied.prefill(random_tokens(1250, 4, model.vocabulary));
      copied.copy_from(original);
      EXPECT_EQ(copied.earliest_rewind(), original.earliest_rewind());
      const auto after = std::span(tokens).subspan(read, 80);
      EXPECT_EQ(stepped(copied, after), stepped(original, after));
    }
  });
}

TEST(SessionRewind, ContinuesAsIfTheTokensHadNotBeenRead) {
  with_every_attention([](const TestModel& model) {
    const auto tokens = random_tokens(1500, 5, model.vocabulary);
    const auto others = random_tokens(500, 6, model.vocabulary);
    const auto engine = model.engine();
    for (const std::size_t read : {3U, 40U, 1070U, 1200U}) {
      Session session(engine);
      stepped(session, std::span(tokens).first(read));
      const auto earliest = static_cast<std::size_t>(session.earliest_rewind());
      for (const std::size_t to : {earliest, (earliest + read) / 2, read - 1, read}) {
        SCOPED_TRACE(fmt::format("from {} to {}", read, to));
        Session rewound = session.fork();
        rewound.rewind(static_cast<std::int64_t>(to));
        EXPECT_EQ(rewound.position(), static_cast<std::int64_t>(to));
        EXPECT_EQ(rewound.logits().empty(), to != read);
        Session straight(engine);
        stepped(straight, std::span(tokens).first(to));
        const auto after = std::span(others).first(200);
        EXPECT_EQ(stepped(rewound, after), stepped(straight, after));
      }
    }
  });
}

TEST(SessionRewind, ReachesTheStartUntilTheWindowSlides) {
  const TestModel model(configs()[1]);
  const auto tokens = random_tokens(1300, 7, model.vocabulary);
  Session session(model.engine());
  for (std::size_t read = 1; read <= tokens.size(); ++read) {
    session.step(tokens[read - 1]);
    const auto earliest = static_cast<std::size_t>(session.earliest_rewind());
    if (read <= kContext + kReach - 1) {
      EXPECT_EQ(earliest, 0U);
    } else {
      EXPECT_LE(earliest, read - kReach);
    }
  }
  const auto earliest = session.earliest_rewind();
  session.rewind(earliest);
  EXPECT_EQ(session.earliest_rewind(), earliest) << "overwritten positions cannot be restored";
}

TEST(SessionRewind, WithAbsolutePositionsReachesTheLastRereading) {
  const TestModel model(configs()[0]);
  const auto tokens = random_tokens(100, 8, model.vocabulary);
  Session session(model.engine());
  session.prefill(std::span(tokens).first(kContext));
  EXPECT_EQ(session.earliest_rewind(), 0);
  session.step(tokens[kContext]);
  EXPECT_EQ(session.earliest_rewind(), static_cast<std::int64_t>(kContext));
}

TEST(SessionRewindDeathTest, AbortsOutsideItsRange) {
  const TestModel model(configs()[1]);
  Session session(model.engine());
  session.prefill(random_tokens(1300, 9, model.vocabulary));
  EXPECT_DEATH(session.rewind(1301), "rewind");
  EXPECT_DEATH(session.rewind(session.earliest_rewind() - 1), "rewind");
}

// Every session at another position: at the start, before and after the window slides.
TEST(StepTogether, EqualsEachSessionAlone) {
  for (auto config : configs()) {
    SCOPED_TRACE(enum_name(config.attention));
    const TestModel model(config);
    const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
    const auto engine = model.engine();
    simd::on_every_target([&] {
      for (const std::size_t count : {1U, 2U, 3U, 4U, 7U}) {
        std::vector<Session> together, alone;
        std::vector<Session*> pointers;
        for (std::size_t n = 0; n < count; ++n) {
          const auto prime = random_tokens(1 + n * 45, 10 + n, model.vocabulary);
          together.emplace_back(engine).prefill(prime);
          alone.emplace_back(engine).prefill(prime);
        }
        for (auto& session : together) pointers.push_back(&session);
        std::vector<float> logits(count * V);
        for (std::uint64_t step = 0; step < 60; ++step) {
          const auto tokens = random_tokens(count, 100 + step, model.vocabulary);
          step_together(pointers, tokens, logits);
          for (std::size_t n = 0; n < count; ++n) {
            const auto expected = copy(alone[n].step(tokens[n]));
            const auto row = std::span(logits).subspan(n * V, V);
            ASSERT_TRUE(std::ranges::equal(row, expected)) << n << " of " << count;
            ASSERT_TRUE(std::ranges::equal(together[n].logits(), expected));
            ASSERT_EQ(together[n].position(), alone[n].position());
          }
        }
      }
    });
  }
}

// Forks of one prime that then read different tokens. Their shared prefix is long enough to be read
// once at first and has left the window at the end. One fork diverges earlier than the others.
TEST(StepTogether, ForksEqualEachSessionAlone) {
  constexpr std::size_t kForks = 5, kPrime = 150, kSteps = 160;
  for (auto config : configs()) {
    SCOPED_TRACE(enum_name(config.attention));
    config.context = 200;
    config.max_distance = 90;
    config.block = 80;
    const TestModel model(config);
    const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
    for (const auto precision : {Precision::f32, Precision::bf16, Precision::int8}) {
      SCOPED_TRACE(enum_name(precision));
      const auto engine = model.engine({.threads = 1, .precision = precision});
      simd::on_every_target([&] {
        std::vector<Session> together, alone;
        std::vector<Session*> pointers;
        together.emplace_back(engine).prefill(random_tokens(kPrime, 20, model.vocabulary));
        while (together.size() < kForks) together.push_back(together.front().fork());
        together.back().rewind(kPrime - 40);
        together.back().prefill(random_tokens(40, 21, model.vocabulary));
        for (auto& session : together) {
          alone.push_back(session.fork());
          pointers.push_back(&session);
        }
        std::vector<float> logits(kForks * V);
        for (std::uint64_t step = 0; step < kSteps; ++step) {
          const auto tokens = random_tokens(kForks, 200 + step, model.vocabulary);
          step_together(pointers, tokens, logits);
          for (std::size_t n = 0; n < kForks; ++n) {
            const auto row = std::span(logits).subspan(n * V, V);
            ASSERT_TRUE(std::ranges::equal(row, alone[n].step(tokens[n])))
                << "fork " << n << " after " << step;
          }
        }
      });
    }
  }
}

// Large enough that threads share products and heads; more sessions than fit into a block.
TEST(StepTogether, EqualsEachSessionAloneWithThreads) {
  const TestModel model({.layers = 1,
                         .heads = 4,
                         .width = 120,
                         .attention_width = 128,
                         .ff_width = 256,
                         .context = 64,
                         .max_distance = 64});
  const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
  const auto engine = model.engine();
  std::vector<Session> sessions;
  std::vector<Session*> pointers;
  constexpr std::size_t kCount = 130;
  for (std::size_t n = 0; n < kCount; ++n) sessions.emplace_back(engine, n == 0 ? 3 : 1);
  for (auto& session : sessions) pointers.push_back(&session);
  Session alone(engine, 1);
  std::vector<float> logits(kCount * V);
  const auto tokens = random_tokens(kCount, 11, model.vocabulary);
  step_together(pointers, tokens, logits);
  for (std::size_t n = 0; n < kCount; ++n) {
    alone.reset();
    EXPECT_TRUE(std::ranges::equal(std::span(logits).subspan(n * V, V), alone.step(tokens[n])));
  }
}

TEST(StepTogether, StepTogetherCopyAndRewindDoNotAllocate) {
  with_every_attention([](const TestModel& model) {
    const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
    const auto engine = model.engine();
    Session first(engine), second(engine);
    const std::vector<Session*> both = {&first, &second};
    std::vector<float> logits(2 * V);
    const auto tokens = random_tokens(200, 12, model.vocabulary);
    const auto before = allocation_count();
    for (std::size_t i = 0; i + 2 <= tokens.size(); i += 2) {
      step_together(both, std::span(tokens).subspan(i, 2), logits);
    }
    second.copy_from(first);
    second.rewind(second.earliest_rewind());
    second.prefill(tokens);
    second.reset();
    EXPECT_EQ(allocation_count(), before);
  });
}

}  // namespace
}  // namespace pno::infer
