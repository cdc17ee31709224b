#include "tools/markov_model.h"

#include <gtest/gtest.h>

#include <numeric>

namespace pno::tools {
namespace {

using Tokens = std::vector<events::Token>;

MarkovModel model_of(int order, const std::vector<Tokens>& pieces) {
  MarkovModel model(order, 4);
  for (const auto& piece : pieces) model.add(piece);
  model.finish();
  return model;
}

TEST(MarkovModel, HasTheProbabilitiesCountedByHand) {
  const auto model = model_of(1, {{0, 1, 0, 1, 0, 2}});
  // Without context: counts 3, 2, 1 of 6, three types, uniform 1/4.
  const double p0 = (3 + 3 * 0.25) / 9, p1 = (2 + 3 * 0.25) / 9, p3 = 3 * 0.25 / 9;
  EXPECT_DOUBLE_EQ(model.probability({}, 0), p0);
  EXPECT_DOUBLE_EQ(model.probability({}, 3), p3);
  // After 0 came 1 twice and 2 once: three times, two types.
  const Tokens zero = {0}, three = {3};
  EXPECT_DOUBLE_EQ(model.probability(zero, 1), (2 + 2 * p1) / 5);
  EXPECT_DOUBLE_EQ(model.probability(zero, 3), 2 * p3 / 5);
  EXPECT_DOUBLE_EQ(model.probability(three, 0), p0) << "a context that was never seen";
}

TEST(MarkovModel, ProbabilitiesSumToOneAndAreThoseOfEachEvent) {
  RandomStream random(1, 0);
  Tokens piece;
  for (int i = 0; i < 500; ++i) piece.push_back(static_cast<events::Token>(random.below(4)));
  const auto model = model_of(3, {piece, {2, 2, 2}});
  for (const Tokens& before : {Tokens{}, {1}, {3, 3}, {0, 1, 2}, {2, 2, 2, 2, 2}}) {
    const auto all = model.probabilities(before);
    EXPECT_NEAR(std::accumulate(all.begin(), all.end(), 0.0), 1, 1e-12);
    for (std::size_t event = 0; event < all.size(); ++event) {
      EXPECT_NEAR(all[event], model.probability(before, static_cast<events::Token>(event)), 1e-12);
    }
  }
}

TEST(MarkovModel, ALongerContextKnowsALongerPattern) {
  const Tokens pattern = {0, 1, 0, 2, 0, 3};
  Tokens piece;
  for (int i = 0; i < 50; ++i) piece.insert(piece.end(), pattern.begin(), pattern.end());
  const Tokens before = {0, 1, 0};
  EXPECT_LT(model_of(1, {piece}).probability(before, 2), 0.4);
  EXPECT_GT(model_of(2, {piece}).probability(before, 2), 0.9);
}

}  // namespace
}  // namespace pno::tools
