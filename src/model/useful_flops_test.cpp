#include "model/useful_flops.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace pno::model {
namespace {

constexpr int V = 13;

ModelConfig tiny(Attention kind) {
  return {.layers = 2,
          .heads = 2,
          .width = 6,
          .attention_width = 8,
          .ff_width = 10,
          .context = 32,
          .max_distance = 5,
          .block = 3,
          .attention = kind};
}

// A product [rows, inner] × [inner, columns] as a loop over its multiply-adds.
std::int64_t count_product(std::int64_t rows, std::int64_t inner, std::int64_t columns) {
  std::int64_t count = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      for (std::int64_t i = 0; i < inner; ++i) ++count;
    }
  }
  return count;
}

bool sees(const ModelConfig& config, int query, int key) {
  if (key > query) return false;
  if (config.attention != Attention::relative_local) return true;
  return key / config.block + 1 >= query / config.block;
}

// Of one head: every pair of a query and a key, every table row that a query meets. Shaw's clipped
// distances share the last row, so its product is needed once for a query.
std::int64_t count_head(const ModelConfig& config, int length) {
  const int D = config.head_width();
  std::int64_t count = 0;
  for (int query = 0; query < length; ++query) {
    std::set<int> rows;
    for (int key = 0; key < length; ++key) {
      if (!sees(config, query, key)) continue;
      for (int c = 0; c < D; ++c) count += 2;  // q·k, and weight times v
      const int distance = query - key;
      if (config.attention == Attention::shaw) {
        rows.insert(std::min(distance, config.max_distance - 1));
      } else if (distance < config.max_distance) {
        rows.insert(distance);
      }
    }
    if (!config.has_relative_keys()) continue;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      for (int c = 0; c < D; ++c) count += config.has_relative_values() ? 2 : 1;
    }
  }
  return count;
}

struct Counted {
  std::int64_t attention = 0, layers = 0;
};

Counted count_forward(const ModelConfig& config, int batch, int length) {
  Counted counted;
  const int C = config.width, A = config.attention_width, F = config.ff_width;
  for (int row = 0; row < batch; ++row) {
    for (int layer = 0; layer < config.layers; ++layer) {
      counted.layers += count_product(length, C, 3 * A) + count_product(length, A, C) +
                        count_product(length, C, F) + count_product(length, F, C);
      for (int head = 0; head < config.heads; ++head) {
        counted.attention += count_head(config, length);
      }
    }
    counted.layers += count_product(length, C, V);
  }
  return counted;
}

TEST(UsefulFlops, AreTwiceTheMultiplyAddsOfAPlainLoop) {
  for (const auto kind :
       {Attention::absolute, Attention::relative, Attention::relative_local, Attention::shaw}) {
    for (const int length : {1, 2, 3, 5, 6, 7, 17}) {
      const auto config = tiny(kind);
      const auto counted = count_forward(config, 3, length);
      const auto forward = forward_flops(config, V, 3, length);
      SCOPED_TRACE(fmt::format("{} {}", enum_name(kind), length));
      EXPECT_EQ(forward.attention, 2.0 * static_cast<double>(counted.attention));
      EXPECT_EQ(forward.layers, 2.0 * static_cast<double>(counted.layers));
    }
  }
}

// d(XW) needs dY Wᵀ and Xᵀ dY: each as large as XW.
TEST(UsefulFlops, OfAStepAreThreeForwardPasses) {
  const auto config = tiny(Attention::relative);
  const auto forward = forward_flops(config, V, 2, 9), step = step_flops(config, V, 2, 9);
  EXPECT_EQ(step.attention, 3 * forward.attention);
  EXPECT_EQ(step.layers, 3 * forward.layers);
  EXPECT_EQ(step.total(), 3 * forward.total());
}

TEST(UsefulFlops, CountTableRowsBelowMaxDistanceOnly) {
  auto near = tiny(Attention::relative), far = near;
  near.max_distance = 1;
  far.max_distance = 32;
  const auto plain = forward_flops(tiny(Attention::absolute), V, 1, 20).attention;
  // One row for each of 20 queries; with all rows, as many as there are pairs.
  EXPECT_EQ(forward_flops(near, V, 1, 20).attention, plain + 2.0 * 2 * 20 * 8);
  EXPECT_EQ(forward_flops(far, V, 1, 20).attention, plain * 1.5);
}

}  // namespace
}  // namespace pno::model
