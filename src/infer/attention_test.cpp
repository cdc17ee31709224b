// Attention over the cache against the reference in double, for every kind and precision.

#include "infer/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "infer/test_models.h"
#include "model/reference.h"
#include "simd/every_target.h"

namespace pno::infer {
namespace {

using model::Attention;
using model::ModelConfig;

constexpr std::size_t kWidth = 8;  // D; one head, one layer

ModelConfig config_of(Attention attention) {
  return {.layers = 1,
          .heads = 1,
          .width = 8,
          .attention_width = kWidth,
          .ff_width = 8,
          .context = 40,
          .max_distance = 13,
          .block = 10,
          .attention = attention};
}

// A relative table as the engine reads it: rows in float32, panels otherwise.
class Table {
 public:
  Table(Precision precision, const std::vector<float>& rows, bool is_transposed) : rows_(rows) {
    const std::size_t R = rows.size() / kWidth, M = is_transposed ? kWidth : R,
                      K = is_transposed ? R : kWidth;
    if (precision == Precision::f32) {
      head_.rows = rows_.data();
      return;
    }
    bytes_ = AlignedArray<std::byte>(panel_count(M) * panel_bytes(precision, K));
    scales_ = FloatArray(panel_count(R) * kPanelRows);
    const auto pack = is_transposed ? pack_columns : pack_rows;
    pack({.precision = precision,
          .w = rows_.data(),
          .rows = R,
          .columns = kWidth,
          .panels = bytes_.get(),
          .scales = scales_.get()});
    head_.panels = {precision, bytes_.get(), panel_bytes(precision, K),
                    precision == Precision::int8 ? scales_.get() : nullptr};
  }
  const HeadRows& head() const { return head_; }

 private:
  std::vector<float> rows_;
  AlignedArray<std::byte> bytes_;
  FloatArray scales_;
  HeadRows head_;
};

// Random queries, keys and values of T positions, in a cache and as the reference takes them.
class Fixture {
 public:
  Fixture(Attention attention, Precision precision, std::size_t T)
      : config_(config_of(attention)),
        T_(T),
        q_(simd::random_numbers(T * kWidth, 1)),
        k_(simd::random_numbers(T * kWidth, 2)),
        v_(simd::random_numbers(T * kWidth, 3)),
        table_size_(static_cast<std::size_t>(config_.max_distance) * kWidth),
        ek_(simd::random_numbers(table_size_, 4)),
        ev_(simd::random_numbers(table_size_, 5)),
        keys_table_(precision, ek_, /*is_transposed=*/false),
        values_table_(precision, ev_, /*is_transposed=*/true),
        cache_(config_, 64, precision),
        scratch_(config_, precision) {
    for (std::size_t t = 0; t < T; ++t) {
      cache_.put(0, static_cast<std::int64_t>(t), k_.data() + t * kWidth, v_.data() + t * kWidth);
      cache_.advance(1);
    }
    for (float& x : q_) x /= std::sqrt(static_cast<float>(kWidth));
  }

  AttentionHead head() const {
    return {.keys = cache_.keys(0, 0),
            .values = cache_.values(0, 0),
            .relative_keys = config_.has_relative_keys() ? keys_table_.head() : HeadRows(),
            .relative_values = config_.has_relative_values() ? values_table_.head() : HeadRows()};
  }

  // The output [N, D] of the last N queries.
  std::vector<float> attend_last(std::size_t N) {
    std::vector<float> out(N * kWidth);
    attend({.config = config_,
            .cache = cache_,
            .head = head(),
            .first = static_cast<std::int64_t>(T_ - N),
            .N = N,
            .queries = {q_.data() + (T_ - N) * kWidth, kWidth},
            .out = {out.data(), kWidth}},
           scratch_);
    return out;
  }

  std::vector<float> attend_last_in_batch() {
    std::vector<float> out(kWidth);
    const SequenceHead sequence{&cache_, static_cast<std::int64_t>(T_ - 1), head()};
    attend_batch({.config = config_,
                  .sequences = {&sequence, 1},
                  .shared_prefix = 0,
                  .queries = {q_.data() + (T_ - 1) * kWidth, kWidth},
                  .out = {out.data(), kWidth}},
                 scratch_);
    return out;
  }

  // Output of query i by the definition: a softmax over the visible keys, written out.
  std::vector<double> expected(std::size_t i) const {
    const auto context = static_cast<std::size_t>(config_.context),
               block = static_cast<std::size_t>(config_.block),
               R = static_cast<std::size_t>(config_.max_distance);
    std::size_t first = i + 1 > context ? i + 1 - context : 0;
    if (config_.attention == Attention::relative_local && i / block > 0) {
      first = std::max(first, (i / block - 1) * block);
    }
    std::vector<double> out(kWidth);
    double sum = 0;
    for (std::size_t j = first; j <= i; ++j) {
      const bool is_clipped = config_.attention == Attention::shaw;
      const bool has_row = config_.has_relative_keys() && (is_clipped || i - j < R);
      const std::size_t r = std::min(i - j, R - 1);
      double score = 0;
      for (std::size_t d = 0; d < kWidth; ++d) {
        const double key = k_[j * kWidth + d] + (has_row ? double{ek_[r * kWidth + d]} : 0.0);
        score += q_[i * kWidth + d] * key;
      }
      sum += std::exp(score);
      for (std::size_t d = 0; d < kWidth; ++d) {
        const double value = v_[j * kWidth + d] + (is_clipped ? double{ev_[r * kWidth + d]} : 0.0);
        out[d] += std::exp(score) * value;
      }
    }
    for (double& x : out) x /= sum;
    return out;
  }

 private:
  ModelConfig config_;
  std::size_t T_;
  std::vector<float> q_, k_, v_;
  std::size_t table_size_;
  std::vector<float> ek_, ev_;
  Table keys_table_, values_table_;
  KvCache cache_;
  AttentionScratch scratch_;
};

// Rounding of queries, keys and values of about 1; float32 sums of up to 40 of them.
double tolerance(Precision precision) {
  switch (precision) {
    case Precision::bf16:
      return 0.02;
    case Precision::int8:
      return 0.06;
    default:
      return 2e-6;
  }
}

TEST(Attention, EqualsTheDefinitionAtEveryLength) {
  for (const auto attention :
       {Attention::absolute, Attention::relative, Attention::relative_local, Attention::shaw}) {
    for (const auto precision : {Precision::f32, Precision::bf16, Precision::int8}) {
      SCOPED_TRACE(fmt::format("{} {}", enum_name(attention), enum_name(precision)));
      simd::on_every_target([&] {
        // The context is 40 and the ring has 64 slots: the last length has wrapped.
        for (const std::size_t T : {1U, 2U, 9U, 10U, 11U, 31U, 40U, 41U, 64U, 90U}) {
          Fixture fixture(attention, precision, T);
          for (const std::size_t N : {std::size_t{1}, std::min<std::size_t>(T, 20)}) {
            const auto out = fixture.attend_last(N);
            for (std::size_t n = 0; n < N; ++n) {
              const auto expected = fixture.expected(T - N + n);
              for (std::size_t d = 0; d < kWidth; ++d) {
                ASSERT_NEAR(out[n * kWidth + d], expected[d], tolerance(precision))
                    << "T " << T << " N " << N << " query " << n;
              }
            }
          }
          EXPECT_EQ(fixture.attend_last_in_batch(), fixture.attend_last(1)) << "T " << T;
        }
      });
    }
  }
}

}  // namespace
}  // namespace pno::infer
