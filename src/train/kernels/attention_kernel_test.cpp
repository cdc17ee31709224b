#include "train/kernels/attention_kernel.h"

#include <gtest/gtest.h>

#include <hwy/aligned_allocator.h>

#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "model/reference.h"
#include "simd/every_target.h"

namespace pno::train {
namespace {

// T time, D head width, R max_distance

using model::Attention;
using model::ModelConfig;
namespace reference = model::reference;

// Largest difference from the reference in double precision, relative to the largest element of the
// output, or of all gradients. Float rounds by 6e-8; sums of some hundred terms lose a digit.
constexpr double kRounding = 1e-5;
// The same with operands in bf16, which are rounded by up to 2^-9, and the least difference of one
// of the outputs and gradients.
constexpr double kBf16Rounding = 3e-2, kLeastBf16Difference = 1e-4;
constexpr auto kKinds = {Attention::absolute, Attention::relative, Attention::relative_local,
                         Attention::shaw};
constexpr std::int64_t kUnit = 3;  // of dropout

using Floats = std::vector<float>;

double largest(const std::vector<double>& x) {
  double result = 0;
  for (const double value : x) result = std::max(result, std::abs(value));
  return result;
}

// NaN if x has a NaN.
double largest_difference(const Floats& x, const std::vector<double>& wanted) {
  EXPECT_EQ(x.size(), wanted.size());
  double result = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double difference = std::abs(x[i] - wanted[i]);
    if (!(difference <= result)) result = difference;
  }
  return result;
}

// One head with random inputs, for the kernel and for the reference.
class HeadProblem {
 public:
  HeadProblem(Attention kind, Index length, Index head_width, Index max_distance, Index block)
      : length_(length), width_(head_width), rows_(max_distance) {
    config_.attention = kind;
    config_.heads = 1;
    config_.attention_width = static_cast<int>(head_width);
    config_.max_distance = static_cast<int>(max_distance);
    config_.block = static_cast<int>(block);
    for (auto* rows : {&q_, &k_, &v_, &out_gradient_}) *rows = random(length);
    if (config_.has_relative_keys()) key_table_ = random(rows_);
    if (config_.has_relative_values()) value_table_ = random(rows_);
  }

  HeadTask task(double dropout_rate, bool in_bf16 = false) const {
    const bool is_local = config_.attention == Attention::relative_local;
    return {.shape = {.length = length_,
                      .head_width = width_,
                      .local_block = is_local ? config_.block : 0,
                      .table_rows = config_.has_relative_keys() ? rows_ : 0,
                      .clipped = config_.attention == Attention::shaw,
                      .has_relative_keys = config_.has_relative_keys(),
                      .has_relative_values = config_.has_relative_values(),
                      .in_bf16 = in_bf16},
            .first_query = 0,
            .end_query = length_,
            .q = rows_of(q_),
            .k = rows_of(k_),
            .v = rows_of(v_),
            .key_table = rows_of(key_table_),
            .value_table = rows_of(value_table_),
            .dropout = WeightDropout(dropout_rate, 7),
            .unit = kUnit};
  }

  struct Found {
    Floats out, row_log_sum, q, k, v, key_table, value_table;
  };
  // Runs all passes of the tasks, in their order; together the tasks cover all queries.
  Found run(const std::vector<HeadTask>& tasks) const {
    const auto rows = [&](Index count) {
      return Floats(static_cast<std::size_t>(count * width_), 0.0F);
    };
    Found found{rows(length_),
                Floats(static_cast<std::size_t>(length_)),
                rows(length_),
                rows(length_),
                rows(length_),
                Floats(key_table_.size()),
                Floats(value_table_.size())};
    const auto into = [&](Floats& x) { return Rows{x.data(), width_}; };
    const auto& shape = tasks.front().shape;
    // Old contents of the scratch memory must not matter.
    const auto size = std::max(forward_scratch_floats(shape), backward_scratch_floats(shape));
    const auto scratch = hwy::AllocateAligned<float>(size);
    std::fill_n(scratch.get(), size, std::numeric_limits<float>::quiet_NaN());
    for (const auto& task : tasks) {
      attend_forward(task, scratch.get(), into(found.out), found.row_log_sum.data());
    }
    const HeadGradients gradients{into(found.q), into(found.k), into(found.v),
                                  into(found.key_table), into(found.value_table)};
    for (const auto& task : tasks) {
      attend_backward(task, {rows_of(found.out), rows_of(out_gradient_), found.row_log_sum.data()},
                      scratch.get(), gradients);
      add_gradients(task, scratch.get(), gradients);
    }
    return found;
  }

  // The largest difference of the outputs and gradients from the reference, relative to the largest
  // element of the output, of the gradients, and of the gradients with those of the tables.
  double distance_from_reference(const Found& found, double dropout_rate) const {
    const auto doubles = [](const Floats& x) { return std::vector<double>(x.begin(), x.end()); };
    const auto q = doubles(q_), k = doubles(k_), v = doubles(v_), keys = doubles(key_table_),
               values = doubles(value_table_), factors = weight_factors(dropout_rate);
    const reference::Head head{q, k, v, keys, values, factors};
    const auto out = reference::attend(config_, head);
    double distance = largest_difference(found.out, out) / largest(out);
    const auto add = [&](const Floats& x, const std::vector<double>& wanted, double scale) {
      const double difference = largest_difference(x, wanted) / scale;
      if (!(difference <= distance)) distance = difference;
    };
    const auto wanted = reference::attend_backward(config_, head, doubles(out_gradient_));
    double scale = 0;
    for (const auto* x : {&wanted.q, &wanted.k, &wanted.v}) scale = std::max(scale, largest(*x));
    add(found.q, wanted.q, scale);
    add(found.k, wanted.k, scale);
    add(found.v, wanted.v, scale);
    scale = std::max({scale, largest(wanted.relative_keys), largest(wanted.relative_values)});
    add(found.key_table, wanted.relative_keys, scale);
    add(found.value_table, wanted.relative_values, scale);
    return distance;
  }
  void expect_equals_reference(const Found& found, double dropout_rate) const {
    EXPECT_LE(distance_from_reference(found, dropout_rate), kRounding);
  }
  void expect_equals_reference(double dropout_rate = 0) const {
    expect_equals_reference(run({task(dropout_rate)}), dropout_rate);
    const auto found = run({task(dropout_rate, /*in_bf16=*/true)});
    EXPECT_LE(distance_from_reference(found, dropout_rate), kBf16Rounding);
  }

  Floats& keys() { return k_; }

 private:
  Floats random(Index rows) {
    Floats values(static_cast<std::size_t>(rows * width_));
    for (auto& value : values) value = static_cast<float>(random_.normal());
    return values;
  }
  ConstRows rows_of(const Floats& x) const { return {x.empty() ? nullptr : x.data(), width_}; }
  std::vector<double> weight_factors(double rate) const {
    if (rate == 0) return {};
    const WeightDropout dropout(rate, 7);
    std::vector<double> factors;
    for (Index query = 0; query < length_; ++query) {
      const auto row_key = dropout.row_key(kUnit, query);
      for (Index key = 0; key < length_; ++key) {
        factors.push_back(dropout.drops(row_key, key) ? 0 : dropout.kept_factor());
      }
    }
    return factors;
  }

  ModelConfig config_;
  Index length_, width_, rows_;
  RandomStream random_{1, 0};
  Floats q_, k_, v_, out_gradient_, key_table_, value_table_;
};

void expect_equals_reference(const std::vector<Index>& lengths, const std::vector<Index>& widths) {
  simd::on_every_target([&] {
    for (const auto kind : kKinds) {
      for (const Index length : lengths) {
        for (const Index width : widths) {
          // Tables longer and shorter than the sequence; local blocks that do not match the tiles.
          for (const auto& [max_distance, block] : {std::pair{512, 16}, {5, 24}, {70, 100}}) {
            for (const double rate : {0.0, 0.3}) {
              SCOPED_TRACE(fmt::format("{} T {} D {} R {} block {} dropout {}", enum_name(kind),
                                       length, width, max_distance, block, rate));
              HeadProblem(kind, length, width, max_distance, block).expect_equals_reference(rate);
            }
          }
        }
      }
    }
  });
}

TEST(AttentionKernel, EqualsReference) {
  expect_equals_reference({1, 2, 65}, {8, 64});
  expect_equals_reference({130}, {5, 24});
}

TEST(SlowAttentionKernel, EqualsReferenceAtEveryLength) {
  std::vector<Index> lengths;
  for (Index length = 1; length <= 300; ++length) lengths.push_back(length);
  expect_equals_reference(lengths, {8});
}

TEST(SlowAttentionKernel, EqualsReferenceAtEveryHeadWidth) {
  std::vector<Index> widths = {96, 128, 130};
  for (Index width = 1; width <= 65; ++width) widths.push_back(width);
  expect_equals_reference({97}, widths);
}

// More keys than one tile, so that the largest logit of a row changes between tiles, and a band
// that begins and ends inside a tile.
TEST(AttentionKernel, EqualsReferenceAcrossTiles) {
  simd::on_every_target([] {
    for (const auto kind : kKinds) {
      for (const Index max_distance : {2000, 300}) {
        SCOPED_TRACE(fmt::format("{} R {}", enum_name(kind), max_distance));
        HeadProblem(kind, kTileKeys + 170, 8, max_distance, 530).expect_equals_reference(0.1);
      }
    }
  });
}

TEST(AttentionKernel, GradientsOfTasksAddUp) {
  for (const auto kind : kKinds) {
    SCOPED_TRACE(enum_name(kind));
    const HeadProblem problem(kind, 300, 24, 40, 100);
    auto first = problem.task(0.1), second = first;
    first.end_query = second.first_query = first.shape.block_end(first.shape.block_end(0));
    problem.expect_equals_reference(problem.run({first, second}), 0.1);
  }
}

// The operands are rounded, and those of several tasks alike.
TEST(AttentionKernel, Bf16DiffersFromFloat32AndGradientsOfTasksAddUp) {
  for (const auto kind : kKinds) {
    SCOPED_TRACE(enum_name(kind));
    const HeadProblem problem(kind, 300, 24, 40, 100);
    const auto whole = problem.task(0.1, /*in_bf16=*/true);
    auto first = whole, second = whole;
    first.end_query = second.first_query = first.shape.block_end(first.shape.block_end(0));
    for (const auto& tasks : {std::vector{whole}, {first, second}}) {
      const double distance = problem.distance_from_reference(problem.run(tasks), 0.1);
      EXPECT_LE(distance, kBf16Rounding);
      EXPECT_GE(distance, kLeastBf16Difference);
    }
    EXPECT_EQ(problem.run({whole}).out, problem.run({first, second}).out);
  }
}

// The trainer detects divergence by values that are not finite.
TEST(AttentionKernel, PropagatesNaN) {
  simd::on_every_target([] {
    for (const bool in_bf16 : {false, true}) {
      HeadProblem problem(Attention::relative, 100, 8, 512, 512);
      problem.keys()[std::size_t{50} * 8] = std::numeric_limits<float>::quiet_NaN();
      const auto found = problem.run({problem.task(0, in_bf16)});
      for (Index query = 0; query < 100; ++query) {
        EXPECT_EQ(std::isnan(found.out[static_cast<std::size_t>(query * 8)]), query >= 50) << query;
      }
    }
  });
}

// With logits of thousands, the exponentials of all keys but one underflow.
TEST(AttentionKernel, LargeLogitsGiveFiniteOutputs) {
  simd::on_every_target([] {
    HeadProblem problem(Attention::absolute, 70, 8, 512, 512);
    for (auto& value : problem.keys()) value *= 1e4F;
    const auto found = problem.run({problem.task(0)});
    const auto in_bf16 = problem.run({problem.task(0, /*in_bf16=*/true)});
    for (const float value : in_bf16.out) EXPECT_TRUE(std::isfinite(value));
    for (const float value : found.out) EXPECT_TRUE(std::isfinite(value));
    for (const float value : found.row_log_sum) EXPECT_TRUE(std::isfinite(value));
  });
}

}  // namespace
}  // namespace pno::train
