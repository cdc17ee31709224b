// Compares the CUDA kernels with model/reference. This file is compiled twice: with
// PNO_CUDA_EMULATION the kernels run on the CPU, in several orders of their threads; without it on
// the machine's GPU, if there is one.
//
// B batch, T time, H heads, D head width, R max_distance

#include "train/cuda/attention_cuda.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "model/reference.h"
#include "train/cuda/cuda_test_device.h"
#include "train/kernels/weight_draw.h"

#if defined(PNO_CUDA_EMULATION)
#include "train/cuda/cuda_emulation.h"
#endif

namespace pno::train::cuda {
namespace {

using model::Attention;
namespace reference = model::reference;

// Tolerance for the norm of an array's error relative to the norm of the array, or to the head
// width if that is larger. Gradients that cancel to zero, such as those of the logits of a single
// key, keep the rounding errors of the sums over a head that cancel.
constexpr double kFloatRounding = 2e-6;
// A logit of some hundreds has an absolute error of 2^-24 times that, which becomes a relative
// error of its exponential.
constexpr double kLargeLogitRounding = 1e-4;
// bf16 has 8 significant bits: operands, weights and results have relative errors of up to 2^-9.
constexpr double kBf16Rounding = 1e-2;

struct Case {
  Attention kind = Attention::relative;
  int head_width = 64, length = 1, max_distance = 4096, block = 4096;
  ElementType type = ElementType::f32;
  double dropout = 0;
  int batch = 1, heads = 2;
  double scale = 1;  // of queries, keys and values

  std::string name() const {
    return fmt::format("{} {} B {} T {} H {} D {} R {} block {} dropout {}", enum_name(kind),
                       type == ElementType::f32 ? "f32" : "bf16", batch, length, heads, head_width,
                       max_distance, block, dropout);
  }
  model::ModelConfig config() const {
    model::ModelConfig config;
    config.attention = kind;
    config.heads = heads;
    config.attention_width = heads * head_width;
    config.max_distance = max_distance;
    config.block = block;
    config.context = length;
    return config;
  }
};

double relative_difference(const std::vector<double>& found, const std::vector<double>& wanted,
                           double least_norm) {
  EXPECT_EQ(found.size(), wanted.size());
  double difference = 0, norm = 0;  // squares
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    difference += (found[i] - wanted[i]) * (found[i] - wanted[i]);
    norm += wanted[i] * wanted[i];
  }
  return std::isnan(difference) ? INFINITY
                                : std::sqrt(difference / std::max(norm, least_norm * least_norm));
}

struct Result {
  std::vector<double> out;                       // [B, T, A]
  std::vector<double> qkv;                       // gradient, [B, T, 3A]
  std::vector<double> table_keys, table_values;  // gradients, [H, R, D]
};

// Random inputs, the results of the kernels and those of the reference.
class Trial {
 public:
  explicit Trial(const Case& of) : case_(of), config_(of.config()) {
    const auto rows = static_cast<std::size_t>(of.batch) * of.length;
    const auto width = static_cast<std::size_t>(of.heads) * of.head_width;
    qkv_ = random(rows * 3 * width, of.scale);
    out_gradient_ = random(rows * width);
    const auto table = width * static_cast<std::size_t>(of.max_distance);
    if (config_.has_relative_keys()) table_keys_ = random(table);
    if (config_.has_relative_values()) table_values_ = random(table);
  }

  Result run() const {
    const auto rows = static_cast<std::size_t>(case_.batch) * case_.length;
    const auto width = static_cast<std::size_t>(case_.heads) * case_.head_width;
    const DeviceArray qkv(case_.type, qkv_), keys(case_.type, table_keys_),
        values(case_.type, table_values_), out_gradient(case_.type, out_gradient_);
    // The results are NaN before the kernels write them.
    const DeviceArray out(case_.type, rows * width), qkv_gradient(case_.type, 3 * rows * width);
    constexpr auto kFloat = ElementType::f32;
    const DeviceArray log_sums(kFloat, rows * case_.heads), queries(kFloat, rows * width),
        row_products(kFloat, rows * case_.heads), keys_gradient(kFloat, table_keys_.size()),
        values_gradient(kFloat, table_values_.size());
    AttentionProblem problem;
    problem.type = case_.type;
    problem.batch = case_.batch;
    problem.length = case_.length;
    problem.heads = case_.heads;
    problem.head_width = case_.head_width;
    problem.block = case_.kind == Attention::relative_local ? case_.block : 0;
    problem.tables = {keys.data(), values.data(), case_.max_distance,
                      case_.kind == Attention::shaw};
    problem.dropout_threshold = threshold();
    problem.dropout_seed = kSeed;
    problem.qkv = qkv.data();
    problem.out = out.data();
    problem.log_sums = static_cast<float*>(log_sums.data());
    GradientArrays gradients;
    gradients.out = out_gradient.data();
    gradients.qkv = qkv_gradient.data();
    gradients.table_keys = static_cast<float*>(keys_gradient.data());
    gradients.table_values = static_cast<float*>(values_gradient.data());
    gradients.queries = static_cast<float*>(queries.data());
    gradients.row_products = static_cast<float*>(row_products.data());
    EXPECT_STREQ(attention_forward(problem, /*stream=*/nullptr), nullptr);
    EXPECT_STREQ(attention_backward(problem, gradients, /*stream=*/nullptr), nullptr);
    return {out.values(), qkv_gradient.values(), keys_gradient.values(), values_gradient.values()};
  }

  // The results of the reference from the same rounded inputs.
  Result wanted() const {
    const auto T = static_cast<std::size_t>(case_.length),
               H = static_cast<std::size_t>(case_.heads),
               D = static_cast<std::size_t>(case_.head_width),
               B = static_cast<std::size_t>(case_.batch);
    const std::size_t table = D * static_cast<std::size_t>(case_.max_distance);
    Result result{std::vector<double>(B * T * H * D), std::vector<double>(3 * B * T * H * D),
                  std::vector<double>(table_keys_.size()),
                  std::vector<double>(table_values_.size())};
    for (std::size_t b = 0; b < B; ++b) {
      for (std::size_t h = 0; h < H; ++h) {
        const auto part = [&](const std::vector<double>& of, std::size_t parts, std::size_t which) {
          std::vector<double> rows;
          for (std::size_t i = 0; i < T; ++i) {
            const auto first = of.begin() + static_cast<std::ptrdiff_t>(
                                                (((b * T + i) * parts + which) * H + h) * D);
            rows.insert(rows.end(), first, first + static_cast<std::ptrdiff_t>(D));
          }
          return rows;
        };
        const auto of_head = [&](const std::vector<double>& tables) {
          const auto first = tables.begin() + static_cast<std::ptrdiff_t>(h * table);
          return tables.empty() ? tables
                                : std::vector(first, first + static_cast<std::ptrdiff_t>(table));
        };
        const auto put = [&](std::vector<double>& into, std::size_t parts, std::size_t which,
                             const std::vector<double>& rows) {
          for (std::size_t i = 0; i < T; ++i) {
            for (std::size_t d = 0; d < D; ++d) {
              into[(((b * T + i) * parts + which) * H + h) * D + d] = rows[i * D + d];
            }
          }
        };
        const auto q = part(qkv_, 3, 0), k = part(qkv_, 3, 1), v = part(qkv_, 3, 2);
        const auto e = of_head(table_keys_), u = of_head(table_values_);
        const auto factors = weight_factors(b * H + h);
        const reference::Head head{q, k, v, e, u, factors};
        put(result.out, 1, 0, reference::attend(config_, head));
        const auto gradient = reference::attend_backward(config_, head, part(out_gradient_, 1, 0));
        put(result.qkv, 3, 0, gradient.q);
        put(result.qkv, 3, 1, gradient.k);
        put(result.qkv, 3, 2, gradient.v);
        for (std::size_t i = 0; i < gradient.relative_keys.size(); ++i) {
          result.table_keys[h * table + i] += gradient.relative_keys[i];
        }
        for (std::size_t i = 0; i < gradient.relative_values.size(); ++i) {
          result.table_values[h * table + i] += gradient.relative_values[i];
        }
      }
    }
    return result;
  }

 private:
  static constexpr std::uint64_t kSeed = 11;

  std::uint32_t threshold() const {
    return static_cast<std::uint32_t>(std::lround(case_.dropout * 65536));
  }
  // Dropout factor of each weight, [T, T]; empty without dropout.
  std::vector<double> weight_factors(std::size_t unit) const {
    if (threshold() == 0) return {};
    const auto T = static_cast<std::size_t>(case_.length);
    std::vector<double> factors(T * T);
    for (std::size_t i = 0; i < T; ++i) {
      const auto row = weight_row_key(seed_at(kSeed, unit), i);
      for (std::size_t j = 0; j < T; ++j) {
        const auto key = static_cast<std::uint32_t>(j);
        const auto bits = weight_bits(row, weight_word_of_key(key));
        const auto draw = key % 32 < 16 ? bits % 65536 : bits >> 16;
        factors[i * T + j] = draw < threshold() ? 0 : 65536.0 / (65536.0 - threshold());
      }
    }
    return factors;
  }

  std::vector<double> random(std::size_t count, double scale = 1) {
    std::vector<double> values(count);
    std::normal_distribution<double> normal(0, scale);
    for (auto& value : values) value = rounded(case_.type, normal(random_));
    return values;
  }

  Case case_;
  model::ModelConfig config_;
  std::mt19937_64 random_{3};
  std::vector<double> qkv_, out_gradient_, table_keys_, table_values_;
};

void expect_equals_reference(const Case& of) {
  SCOPED_TRACE(of.name());
  const Trial trial(of);
  const auto found = trial.run(), wanted = trial.wanted();
  const double rounding = of.scale > 1                  ? kLargeLogitRounding
                          : of.type == ElementType::f32 ? kFloatRounding
                                                        : kBf16Rounding;
  EXPECT_LT(relative_difference(found.out, wanted.out, of.head_width), rounding);
  EXPECT_LT(relative_difference(found.qkv, wanted.qkv, of.head_width), rounding);
  EXPECT_LT(relative_difference(found.table_keys, wanted.table_keys, of.head_width), rounding);
  EXPECT_LT(relative_difference(found.table_values, wanted.table_values, of.head_width), rounding);
}

// Lengths around tiles of 32, 64 and 128; tables longer and shorter than the sequence; local blocks
// that divide the tiles and blocks that do not.
void expect_equals_reference(const std::vector<int>& head_widths, const std::vector<int>& lengths,
                             const Case& with = {}) {
  for (const auto type : {ElementType::f32, ElementType::bf16}) {
    for (const auto kind :
         {Attention::absolute, Attention::relative, Attention::relative_local, Attention::shaw}) {
      for (const int length : lengths) {
        for (const int head_width : head_widths) {
          for (const auto& [max_distance, block] : {std::pair{200, 32}, {21, 24}}) {
            if (kind == Attention::absolute && block == 24) continue;
            Case of = with;
            of.kind = kind;
            of.head_width = head_width;
            of.length = length;
            of.max_distance = max_distance;
            of.block = block;
            of.type = type;
            expect_equals_reference(of);
          }
        }
      }
    }
  }
}

class AttentionCuda : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!device_limits(limits_)) GTEST_SKIP() << "this machine has no CUDA device";
    const char* const why = why_not(of_width(8), limits_);
    if (why != nullptr) GTEST_SKIP() << why;
  }
  static AttentionProblem of_width(int head_width) {
    AttentionProblem problem;
    problem.batch = problem.length = problem.heads = 1;
    problem.head_width = head_width;
    return problem;
  }
  DeviceLimits limits_;
};

TEST_F(AttentionCuda, EqualsReferenceForwardAndBackward) {
  expect_equals_reference({16}, {1, 31, 64, 150});
}

TEST_F(AttentionCuda, AcceptsHeadWidthsThatAreMultiplesOf8) {
  expect_equals_reference({8, 24, 64}, {70}, {.heads = 1});
}

TEST_F(AttentionCuda, BatchElementsAndHeadsAreIndependent) {
  expect_equals_reference({8}, {33}, {.batch = 2, .heads = 3});
}

TEST_F(AttentionCuda, DropoutEqualsTheScalarDefinition) {
  expect_equals_reference({16}, {100}, {.dropout = 0.3});
}

class SlowAttentionCuda : public AttentionCuda {};

TEST_F(SlowAttentionCuda, EqualsReferenceAtAllLengthsAndHeadWidths) {
  expect_equals_reference({8, 32, 40, 64, 128}, {1, 2, 15, 16, 17, 63, 64, 65, 127, 129, 300},
                          {.dropout = 0.1});
}

TEST_F(AttentionCuda, LargeLogitsDoNotOverflow) {
  // The logits are a hundred times larger than in the other tests.
  Case of{.kind = Attention::relative, .head_width = 16, .length = 100, .max_distance = 50};
  of.scale = 10;
  expect_equals_reference(of);
}

TEST_F(AttentionCuda, WhyNotRejectsUnsupportedProblemsAndDevices) {
  EXPECT_NE(why_not(of_width(12), limits_), nullptr);
  EXPECT_NE(why_not(of_width(136), limits_), nullptr);
  EXPECT_NE(why_not(of_width(64), {7, 5, 64 << 10}), nullptr);
  EXPECT_NE(why_not(of_width(128), {8, 6, 48 << 10}), nullptr);
  // All presets run on every device from compute capability 8.0 on: a block has at least 99 KB.
  constexpr DeviceLimits kSmall{8, 6, 99 << 10};
  for (const auto type : {ElementType::f32, ElementType::bf16}) {
    for (const int head_width : {8, 32, 64}) {
      auto problem = of_width(head_width);
      problem.type = type;
      problem.tables.keys = problem.tables.values = &problem;  // only compared with null
      EXPECT_EQ(why_not(problem, kSmall), nullptr) << head_width;
    }
  }
}

#if defined(PNO_CUDA_EMULATION)

// A missing barrier, or a read before a copy is complete, changes the result in some order.
TEST_F(AttentionCuda, ResultDoesNotDependOnTheOrderOfThreads) {
  const auto before = emulation::settings();
  for (const auto order :
       {emulation::Order::ascending, emulation::Order::descending, emulation::Order::shuffled}) {
    for (const bool late_copies : {false, true}) {
      emulation::settings() = {order, late_copies, /*seed=*/7};
      SCOPED_TRACE(fmt::format("order {} late copies {}", static_cast<int>(order), late_copies));
      expect_equals_reference({16}, {150}, {.heads = 1});
    }
  }
  emulation::settings() = before;
}

#endif

}  // namespace
}  // namespace pno::train::cuda
