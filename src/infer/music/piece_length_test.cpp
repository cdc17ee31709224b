#include "infer/music/piece_length.h"

#include <gtest/gtest.h>

namespace pno::infer {
namespace {

using events::kPerformance;
using events::Token;

// The length of the last TIME_SHIFT after trim(), with a limit in seconds.
Token trimmed(double seconds, std::vector<Token> tokens) {
  PieceLength length(seconds, 0, 1000, kPerformance);
  for (const Token token : tokens) length.add(token);
  length.trim(tokens);
  return tokens.back();
}

TEST(PieceLength, TrimsTheLastShiftToTheLimitOrHalfASecond) {
  const Token second = kPerformance.time_shift(100);
  EXPECT_EQ(trimmed(1.7, {second, second}), kPerformance.time_shift(70));
  EXPECT_EQ(trimmed(1.2, {second, second}), kPerformance.time_shift(50)) << "0.3 s beyond";
  EXPECT_EQ(trimmed(1.2, {second, kPerformance.time_shift(30)}), kPerformance.time_shift(30));
  EXPECT_EQ(trimmed(1.234, {second, second}), kPerformance.time_shift(50));
}

TEST(PieceLength, KeepsAShiftWithinTheLimit) {
  const Token second = kPerformance.time_shift(100);
  EXPECT_EQ(trimmed(2, {second, second}), second);
  EXPECT_EQ(trimmed(9, {second, second}), second);
  EXPECT_EQ(trimmed(0.5, {second, kPerformance.eos()}), kPerformance.eos());
  std::vector<Token> none;
  PieceLength(1, 0, 1000, kPerformance).trim(none);
  EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace pno::infer
