#include "web/studio.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "infer/generate.h"
#include "infer/test_models.h"

namespace pno::web {
namespace {

using namespace std::chrono_literals;
using events::Token;

constexpr auto kLong = 20'000ms;

const std::shared_ptr<const infer::Engine>& engine() {
  static const auto kEngine = infer::TestModel(infer::kTestConfig).engine();
  return kEngine;
}

Piece piece(std::uint64_t seed, double seconds = 2) {
  return {.prime = {infer::kTestVocabulary.bos()}, .seconds = seconds, .seed = seed};
}

std::vector<Token> receive_all(Studio& studio, Studio::Listener& listener) {
  std::vector<Token> tokens;
  while (true) {
    const auto batch = studio.receive(listener, kLong);
    tokens.insert(tokens.end(), batch.tokens.begin(), batch.tokens.end());
    if (batch.is_done) break;
    EXPECT_FALSE(batch.tokens.empty()) << "nothing came for 20 s";
    if (batch.tokens.empty()) break;
  }
  return tokens;
}

// Without the NOTE_OFFs that generate() adds at the end.
std::vector<Token> generated(std::uint64_t seed, std::size_t count) {
  auto result = infer::generate(engine(), {.seconds = 2, .seed = seed}, nullptr);
  EXPECT_TRUE(result.has_value());
  auto tokens = std::move(result->tokens);
  tokens.resize(std::min(tokens.size(), count));
  return tokens;
}

TEST(Studio, EveryListenerGetsTheMusicOfItsSeed) {
  Studio studio(engine(), /*most_playing=*/4, /*most_waiting=*/4);
  std::vector<std::shared_ptr<Studio::Listener>> listeners;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) listeners.push_back(studio.open(piece(seed)));
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    auto& listener = *listeners[seed - 1];
    const auto tokens = receive_all(studio, listener);
    ASSERT_GT(tokens.size(), 20U);
    // The last shift of a piece may be shortened by generate().
    EXPECT_EQ(std::vector(tokens.begin(), tokens.end() - 1), generated(seed, tokens.size() - 1));
    studio.leave(listener);
  }
}

TEST(Studio, RefusesWhenItIsFullAndTakesAnotherWhenOneLeaves) {
  Studio studio(engine(), /*most_playing=*/1, /*most_waiting=*/1);
  const auto first = studio.open(piece(1, 600)), second = studio.open(piece(2));
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(studio.open(piece(3)), nullptr);
  studio.leave(*first);
  EXPECT_GT(receive_all(studio, *second).size(), 20U);
  const auto third = studio.open(piece(3));
  ASSERT_NE(third, nullptr);
  studio.leave(*second);
  EXPECT_GT(receive_all(studio, *third).size(), 20U);
  studio.leave(*third);
}

TEST(Studio, AListenerWhoDoesNotReceiveDoesNotStopTheOthers) {
  Studio studio(engine(), /*most_playing=*/2, /*most_waiting=*/0);
  const auto slow = studio.open(piece(1, 600)), other = studio.open(piece(2, 100));
  EXPECT_GT(receive_all(studio, *other).size(), 2000U);
  const auto batch = studio.receive(*slow, kLong);
  EXPECT_LE(batch.tokens.size(), 2000U);
  studio.leave(*slow);
  studio.leave(*other);
}

TEST(Studio, StopEndsAllMusicAtOnce) {
  Studio studio(engine(), /*most_playing=*/2, /*most_waiting=*/2);
  const auto listener = studio.open(piece(1, 600));
  std::thread stopper([&] {
    std::this_thread::sleep_for(50ms);
    studio.stop();
  });
  const auto start = std::chrono::steady_clock::now();
  while (!studio.receive(*listener, kLong).is_done) {
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
  stopper.join();
  EXPECT_EQ(studio.open(piece(2)), nullptr);
  studio.leave(*listener);
}

}  // namespace
}  // namespace pno::web
