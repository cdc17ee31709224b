#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "model/reference.h"

namespace pno::model::reference {
namespace {

using Matrix = std::vector<double>;

// The same sums in another order.
constexpr double kRounding = 1e-12;
// Central differences of step 1e-5 in double: truncation and rounding are both near 1e-10.
constexpr double kStep = 1e-5, kGradientTolerance = 1e-8;

Matrix random_matrix(std::size_t size, std::uint64_t stream) {
  RandomStream random(3, stream);
  Matrix values(size);
  for (double& value : values) value = random.normal();
  return values;
}

// One head's inputs, owned.
struct Inputs {
  ModelConfig config;
  Matrix q, k, v, relative_keys, relative_values, factors;

  Inputs(Attention kind, std::size_t T, int D, int R, int block = 3) {
    config.attention = kind;
    config.heads = 1;
    config.attention_width = D;
    config.max_distance = R;
    config.block = block;
    const auto width = static_cast<std::size_t>(D), rows = static_cast<std::size_t>(R);
    q = random_matrix(T * width, 0);
    k = random_matrix(T * width, 1);
    v = random_matrix(T * width, 2);
    if (config.has_relative_keys()) relative_keys = random_matrix(rows * width, 3);
    if (config.has_relative_values()) relative_values = random_matrix(rows * width, 4);
  }

  Matrix attend() const {
    return reference::attend(config, {q, k, v, relative_keys, relative_values, factors});
  }
};

constexpr auto kKinds = {Attention::absolute, Attention::relative, Attention::relative_local,
                         Attention::shaw};

void expect_near(const Matrix& found, const Matrix& expected, double tolerance) {
  EXPECT_THAT(found, testing::Pointwise(testing::DoubleNear(tolerance), expected));
}

// D = 1, so that the formula can be written out by hand:
//   logits of the second query: q1 k0 + q1 E1, q1 k1 + q1 E0
TEST(ReferenceAttention, TwoPositionsEqualTheFormula) {
  Inputs in(Attention::relative, 2, 1, 2);
  in.q = {0.3, -0.7};
  in.k = {0.5, 0.2};
  in.v = {2.0, 5.0};
  in.relative_keys = {0.1, -0.4};  // distances 0 and 1
  const double far = std::exp(-0.7 * 0.5 + -0.7 * -0.4), near = std::exp(-0.7 * 0.2 + -0.7 * 0.1);
  expect_near(in.attend(), {2.0, (far * 2.0 + near * 5.0) / (far + near)}, kRounding);
}

// The same in Shaw's form: values too, and the distance clipped at the table's last row.
TEST(ReferenceAttention, ShawAddsValuesAndClipsDistances) {
  Inputs in(Attention::shaw, 2, 1, 1);
  in.q = {0.3, -0.7};
  in.k = {0.5, 0.2};
  in.v = {2.0, 5.0};
  in.relative_keys = {0.1};
  in.relative_values = {10.0};
  const double far = std::exp(-0.7 * 0.5 + -0.7 * 0.1), near = std::exp(-0.7 * 0.2 + -0.7 * 0.1);
  expect_near(in.attend(), {12.0, (far * 12.0 + near * 15.0) / (far + near)}, kRounding);
}

// Content and relative scores have the same scale, which does not depend on the width of the model.
TEST(ReferenceAttention, ContentAndRelativeLogitsAreBothScaledByTheHeadWidth) {
  constexpr std::size_t D = 4;
  Inputs in(Attention::relative, 2, D, 2);
  std::fill(in.q.begin(), in.q.end(), 1.0);
  in.k = {0, 0, 0, 0, 1, 1, 1, 1};              // q · k = 0 and 4
  in.relative_keys = {0, 0, 0, 0, 1, 1, 1, 1};  // q · E = 0 near and 4 far
  const auto weight_of_far = [&] {
    in.v = {1, 0, 0, 0, 0, 0, 0, 0};
    return in.attend()[D];
  };
  EXPECT_NEAR(weight_of_far(), 0.5, kRounding);  // 4 / 2 on both sides
  std::fill(in.relative_keys.begin(), in.relative_keys.end(), 0.0);
  EXPECT_NEAR(weight_of_far(), 1 / (1 + std::exp(2.0)), kRounding);
}

TEST(ReferenceAttention, NoOutputDependsOnLaterPositions) {
  constexpr std::size_t T = 9, D = 3;
  for (const auto kind : kKinds) {
    Inputs in(kind, T, D, 4);
    const auto before = in.attend();
    for (std::size_t changed = 0; changed < T; ++changed) {
      auto other = in;
      for (std::size_t d = 0; d < D; ++d) {
        other.k[changed * D + d] += 5;
        other.v[changed * D + d] -= 7;
      }
      const auto after = other.attend();
      const auto prefix = static_cast<std::ptrdiff_t>(changed * D);
      EXPECT_TRUE(std::equal(before.begin(), before.begin() + prefix, after.begin()))
          << enum_name(kind) << " sees position " << changed << " before it";
      EXPECT_NE(before[changed * D], after[changed * D]);
    }
  }
}

TEST(ReferenceAttention, RelativeWithZeroTablesIsAbsolute) {
  Inputs relative(Attention::relative, 7, 4, 5), absolute(Attention::absolute, 7, 4, 5);
  std::fill(relative.relative_keys.begin(), relative.relative_keys.end(), 0.0);
  expect_near(relative.attend(), absolute.attend(), kRounding);
}

TEST(ReferenceAttention, BeyondMaxDistanceTheRelativeTermIsZero) {
  Inputs few(Attention::relative, 7, 4, 3), many(Attention::relative, 7, 4, 7);
  std::fill(many.relative_keys.begin(), many.relative_keys.end(), 0.0);
  std::copy(few.relative_keys.begin(), few.relative_keys.end(), many.relative_keys.begin());
  expect_near(few.attend(), many.attend(), kRounding);
}

// The same head after keys that get no weight: -1e6 in a channel in which queries are 1.
TEST(ReferenceAttention, DependsOnDistancesOnly) {
  constexpr std::size_t T = 6, D = 3, kShift = 4;
  for (const auto kind : {Attention::relative, Attention::shaw}) {
    Inputs here(kind, T, D, 4), there(kind, T + kShift, D, 4);
    for (std::size_t t = 0; t < T; ++t) here.q[t * D] = 1;
    for (std::size_t t = 0; t < kShift; ++t) there.k[t * D] = -1e6;
    const auto behind = static_cast<std::ptrdiff_t>(kShift * D);
    std::copy(here.q.begin(), here.q.end(), there.q.begin() + behind);
    std::copy(here.k.begin(), here.k.end(), there.k.begin() + behind);
    std::copy(here.v.begin(), here.v.end(), there.v.begin() + behind);
    const auto output = there.attend();
    expect_near({output.begin() + behind, output.end()}, here.attend(), kRounding);
  }
}

TEST(ReferenceAttention, LocalWithOneBlockIsGlobal) {
  const Inputs local(Attention::relative_local, 7, 4, 5, /*block=*/7);
  const Inputs global(Attention::relative, 7, 4, 5);
  expect_near(local.attend(), global.attend(), kRounding);
}

// Blocks of 3: position 7 is in block 2 and attends to blocks 1 and 2, positions 3 to 7.
TEST(ReferenceAttention, LocalAttendsToItsOwnAndThePreviousBlockOnly) {
  constexpr std::size_t D = 2;
  Inputs in(Attention::relative_local, 9, D, 9, /*block=*/3);
  const auto before = in.attend();
  const std::vector<bool> sees = {false, false, false, true, true, true, true, true, false};
  for (std::size_t j = 0; j < sees.size(); ++j) {
    auto other = in;
    other.v[j * D] += 1;
    EXPECT_EQ(other.attend()[7 * D] != before[7 * D], sees[j]) << "position " << j;
  }
}

TEST(ReferenceAttention, ShawWithoutValuesAndWithAllDistancesIsRelative) {
  Inputs shaw(Attention::shaw, 6, 4, 6);
  const Inputs relative(Attention::relative, 6, 4, 6);
  std::fill(shaw.relative_values.begin(), shaw.relative_values.end(), 0.0);
  expect_near(shaw.attend(), relative.attend(), kRounding);
}

TEST(ReferenceAttention, WeightFactorsMultiplyAfterTheSoftmax) {
  constexpr std::size_t T = 5, D = 3;
  for (const auto kind : kKinds) {
    Inputs in(kind, T, D, 4);
    auto doubled = in.attend();
    for (double& value : doubled) value *= 2;
    in.factors.assign(T * T, 2.0);
    expect_near(in.attend(), doubled, kRounding);
    in.factors.assign(T * T, 0.0);
    EXPECT_THAT(in.attend(), testing::Each(0.0));
  }
}

// Gradients of sum(output · g) by every input, for every kind, with dropout.
TEST(ReferenceAttention, GradientsMatchFiniteDifferences) {
  constexpr std::size_t T = 8, D = 3;
  for (const auto kind : kKinds) {
    Inputs in(kind, T, D, 4);
    in.factors = random_matrix(T * T, 5);
    for (double& factor : in.factors) factor = factor > -0.5 ? 1.25 : 0;
    const auto g = random_matrix(T * D, 6);
    const auto gradient = attend_backward(
        in.config, {in.q, in.k, in.v, in.relative_keys, in.relative_values, in.factors}, g);
    const auto objective = [&] {
      const auto output = in.attend();
      double sum = 0;
      for (std::size_t i = 0; i < output.size(); ++i) sum += output[i] * g[i];
      return sum;
    };
    const auto expect_gradient = [&](Matrix& input, const Matrix& found, const char* name) {
      ASSERT_EQ(found.size(), input.size());
      for (std::size_t i = 0; i < input.size(); ++i) {
        const double value = input[i];
        input[i] = value + kStep;
        const double above = objective();
        input[i] = value - kStep;
        const double below = objective();
        input[i] = value;
        EXPECT_NEAR(found[i], (above - below) / (2 * kStep), kGradientTolerance)
            << enum_name(kind) << " " << name << "[" << i << "]";
      }
    };
    expect_gradient(in.q, gradient.q, "q");
    expect_gradient(in.k, gradient.k, "k");
    expect_gradient(in.v, gradient.v, "v");
    expect_gradient(in.relative_keys, gradient.relative_keys, "relative_keys");
    expect_gradient(in.relative_values, gradient.relative_values, "relative_values");
  }
}

}  // namespace
}  // namespace pno::model::reference
