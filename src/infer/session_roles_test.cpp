// Sessions of a model with roles: each token has one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/allocation_count.h"
#include "infer/session.h"
#include "infer/test_models.h"
#include "simd/every_target.h"

namespace pno::infer {
namespace {

using events::Role;
using events::Token;
using model::Attention;

constexpr double kTolerance = 1e-4;  // of logits of about 1, in float32
constexpr double kInt8Tolerance = 0.2;

std::vector<Role> random_roles(std::size_t size, std::uint64_t seed) {
  RandomStream random(seed, 2);
  std::vector<Role> roles(size);
  for (auto& role : roles) role = static_cast<Role>(random.below(events::kRoles));
  return roles;
}

std::vector<std::uint8_t> numbers(std::span<const Role> roles) {
  std::vector<std::uint8_t> numbers;
  for (const Role role : roles) numbers.push_back(static_cast<std::uint8_t>(role));
  return numbers;
}

double largest_difference(std::span<const float> logits, std::span<const double> expected) {
  EXPECT_EQ(logits.size(), expected.size());
  double largest = 0;
  for (std::size_t i = 0; i < std::min(logits.size(), expected.size()); ++i) {
    const double difference = std::abs(logits[i] - expected[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

std::vector<float> copy(std::span<const float> logits) {
  return {logits.begin(), logits.end()};
}

template <class Test>
void with_every_model(const Test& test) {
  for (const auto attention :
       {Attention::absolute, Attention::relative, Attention::relative_local, Attention::shaw}) {
    for (const bool tied : {false, true}) {
      SCOPED_TRACE(fmt::format("{}{}", enum_name(attention), tied ? ", tied" : ""));
      auto config = kTestConfig;
      config.attention = attention;
      config.tie_embeddings = tied;
      test(TestModel(config, test_vocabulary_with_roles()));
    }
  }
}

TEST(SessionRoles, EqualsTheReference) {
  with_every_model([](const TestModel& model) {
    const auto tokens = random_tokens(32, 1, model.vocabulary);
    const auto roles = random_roles(tokens.size(), 1);
    const auto expected = model.reference(tokens, numbers(roles));
    const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
    simd::on_every_target([&] {
      for (const auto precision : {Precision::f32, Precision::int8}) {
        const auto engine = model.engine({.threads = 1, .precision = precision});
        const double tolerance = precision == Precision::f32 ? kTolerance : kInt8Tolerance;
        Session at_once(engine), stepwise(engine);
        EXPECT_LT(largest_difference(at_once.logits_of(tokens, roles), expected), tolerance);
        for (std::size_t t = 0; t < tokens.size(); ++t) {
          EXPECT_LT(largest_difference(stepwise.step(tokens[t], roles[t]),
                                       std::span(expected).subspan(t * V, V)),
                    tolerance);
        }
      }
    });
  });
}

TEST(SessionRoles, RolesMatter) {
  const TestModel model(kTestConfig, test_vocabulary_with_roles());
  const auto engine = model.engine();
  Session played(engine);
  const auto expected = copy(played.step(5));
  for (const Role role : {Role::given, Role::announced, Role::future}) {
    Session session(engine);
    EXPECT_NE(copy(session.step(5, role)), expected) << enum_name(role);
  }
}

// In portions with one role each, with a role for each token, and beyond the context.
TEST(SessionRoles, PortionsGiveTheSame) {
  with_every_model([](const TestModel& model) {
    const auto engine = model.engine();
    const auto tokens = random_tokens(300, 2, model.vocabulary);
    auto roles = random_roles(tokens.size(), 2);
    for (std::size_t t = 0; t < roles.size(); ++t) roles[t] = roles[t / 10 * 10];
    Session by_one(engine), by_ten(engine), at_once(engine);
    for (std::size_t t = 0; t < tokens.size(); ++t) by_one.step(tokens[t], roles[t]);
    for (std::size_t t = 0; t < tokens.size(); t += 10) {
      by_ten.prefill(std::span(tokens).subspan(t, 10), roles[t]);
    }
    at_once.prefill(tokens, roles);
    const std::vector<double> expected(by_one.logits().begin(), by_one.logits().end());
    EXPECT_LT(largest_difference(by_ten.logits(), expected), 1e-5);
    EXPECT_LT(largest_difference(at_once.logits(), expected), 1e-5);
  });
}

TEST(SessionRoles, TogetherForkedAndRewoundEqualsAlone) {
  with_every_model([](const TestModel& model) {
    const auto engine = model.engine();
    const auto V = static_cast<std::size_t>(model.vocabulary.outputs());
    const auto prime = random_tokens(20, 3, model.vocabulary);
    std::vector<Session> together;
    together.emplace_back(engine).prefill(prime, random_roles(prime.size(), 3));
    together.push_back(together.front().fork());
    together.push_back(together.front().fork());
    together.back().step(7, Role::future);
    together.back().rewind(20);
    together.back().step(8, Role::given);
    std::vector<Session> alone;
    std::vector<Session*> pointers;
    for (auto& session : together) {
      alone.push_back(session.fork());
      pointers.push_back(&session);
    }
    std::vector<float> logits(3 * V);
    for (std::uint64_t step = 0; step < 40; ++step) {
      const auto tokens = random_tokens(3, 100 + step, model.vocabulary);
      const auto roles = random_roles(3, 100 + step);
      step_together(pointers, tokens, roles, logits);
      for (std::size_t n = 0; n < 3; ++n) {
        ASSERT_EQ(copy(std::span(logits).subspan(n * V, V)),
                  copy(alone[n].step(tokens[n], roles[n])));
      }
    }
  });
}

TEST(SessionRoles, DoNotAllocate) {
  with_every_model([](const TestModel& model) {
    const auto engine = model.engine();
    Session first(engine), second(engine);
    const std::vector<Session*> both = {&first, &second};
    std::vector<float> logits(2 * static_cast<std::size_t>(model.vocabulary.outputs()));
    const auto tokens = random_tokens(200, 4, model.vocabulary);
    const auto roles = random_roles(tokens.size(), 4);
    const auto before = allocation_count();
    for (std::size_t i = 0; i + 2 <= tokens.size(); i += 2) {
      step_together(both, std::span(tokens).subspan(i, 2), std::span(roles).subspan(i, 2), logits);
    }
    first.prefill(tokens, roles);
    first.prefill(tokens, Role::future);
    for (const Token token : tokens) first.step(token, Role::given);
    second.copy_from(first);
    second.rewind(second.earliest_rewind());
    EXPECT_EQ(allocation_count(), before);
  });
}

TEST(SessionRolesDeathTest, AModelWithoutRolesHasOnlyPlayedTokens) {
  const TestModel model(kTestConfig);
  Session session(model.engine());
  session.step(5, Role::played);
  EXPECT_DEATH(session.step(5, Role::given), "without roles");
}

}  // namespace
}  // namespace pno::infer
