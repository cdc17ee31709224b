// Attention weights against the reference in double: its layers, with attention to one-hot values.

#include "infer/attention_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "infer/session.h"
#include "infer/test_models.h"
#include "model/reference.h"
#include "model/reference_layers.h"

namespace pno::infer {
namespace {

using events::Token;
using model::Attention;
using model::reference::Matrix;
using model::reference::View;

constexpr double kF32Error = 1e-5;
constexpr double kInt8Error = 0.05;  // of a weight: keys and queries have 8 bits

model::ModelConfig config_of(Attention attention) {
  auto config = kTestConfig;
  config.attention = attention;
  config.max_distance = 9;
  config.block = 8;
  return config;
}

// The attention weights of the last of `tokens` in every head, [L, H, T], by the reference.
class Reference {
 public:
  Reference(const TestModel& model, std::span<const Token> tokens)
      : model_(model), T_(tokens.size()), x_(embed(tokens)) {
    for (int layer = 0; layer < model.config.layers; ++layer) read_layer(layer);
  }

  const Matrix& weights() const { return weights_; }

 private:
  Matrix embed(std::span<const Token> tokens) const {
    const auto C = static_cast<std::size_t>(model_.config.width);
    const View embedding = model_.weights.find("embedding")->second;
    Matrix x;
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      for (std::size_t c = 0; c < C; ++c) {
        const double value = std::sqrt(static_cast<double>(C)) * embedding[tokens[t] * C + c];
        const bool is_absolute = model_.config.has_sinusoids();
        x.push_back(value + (is_absolute ? model::reference::sinusoid(t, c, C) : 0));
      }
    }
    return x;
  }

  View weight(int layer, const std::string& name) const {
    return model_.weights.find("layers." + std::to_string(layer) + "." + name)->second;
  }

  void read_layer(int layer) {
    const auto& config = model_.config;
    const auto C = static_cast<std::size_t>(config.width);
    const auto A = static_cast<std::size_t>(config.attention_width);
    const auto F = static_cast<std::size_t>(config.ff_width);
    const auto w = [&](const std::string& name) { return weight(layer, name); };
    using namespace model::reference;
    const auto qkv = linear(layer_norm(x_, w("attention_norm.weight"), w("attention_norm.bias")),
                            w("qkv.weight"), /*b=*/{}, C);
    Matrix attended(T_ * A);
    for (int head = 0; head < config.heads; ++head) attend_head(layer, head, qkv, attended);
    add(x_, linear(attended, w("attention_out.weight"), /*b=*/{}, A));
    const auto hidden = linear(layer_norm(x_, w("ff_norm.weight"), w("ff_norm.bias")),
                               w("ff_in.weight"), w("ff_in.bias"), C);
    add(x_, linear(activate(config.activation, hidden), w("ff_out.weight"), w("ff_out.bias"), F));
  }

  void attend_head(int layer, int head, View qkv, Matrix& attended) {
    const auto& config = model_.config;
    const auto A = static_cast<std::size_t>(config.attention_width);
    const auto D = static_cast<std::size_t>(config.head_width());
    const auto h = static_cast<std::size_t>(head);
    const auto columns = [&](std::size_t part) {
      Matrix of_part;
      for (std::size_t t = 0; t < T_; ++t) {
        const auto row = qkv.subspan(t * 3 * A + part * A + h * D, D);
        of_part.insert(of_part.end(), row.begin(), row.end());
      }
      return of_part;
    };
    const auto table_size = static_cast<std::size_t>(config.max_distance) * D;
    const auto table = [&](bool has_it, const char* name) {
      return has_it ? weight(layer, name).subspan(h * table_size, table_size) : View();
    };
    const auto q = columns(0), k = columns(1), v = columns(2);
    const View keys = table(config.has_relative_keys(), "relative_keys");
    const View values = table(config.has_relative_values(), "relative_values");
    const auto out = model::reference::attend(config, {q, k, v, keys, values});
    for (std::size_t t = 0; t < T_; ++t)
      std::copy_n(out.begin() + static_cast<std::ptrdiff_t>(t * D), D,
                  attended.begin() + static_cast<std::ptrdiff_t>(t * A + h * D));
    // A value that is 1 at one position gives the weight of that position.
    const Matrix no_values(values.size(), 0.0);
    for (std::size_t j = 0; j < T_; ++j) {
      Matrix one_hot(T_ * D, 0.0);
      one_hot[j * D] = 1;
      weights_.push_back(
          model::reference::attend(config, {q, k, one_hot, keys, no_values})[(T_ - 1) * D]);
    }
  }

  const TestModel& model_;
  std::size_t T_;
  Matrix x_;  // [T, C]
  Matrix weights_;
};

void expect_weights(const AttentionReader& reader, const Matrix& expected, double error) {
  std::size_t i = 0;
  for (int layer = 0; layer < reader.layers(); ++layer) {
    for (int head = 0; head < reader.heads(); ++head) {
      for (const float weight : reader.weights(layer, head)) {
        ASSERT_NEAR(weight, expected[i++], error) << "layer " << layer << ", head " << head;
      }
    }
  }
  EXPECT_EQ(i, expected.size());
}

TEST(AttentionReader, WeightsEqualTheReferenceForEveryAttention) {
  const auto tokens = random_tokens(27, 3, kTestVocabulary);
  for (const auto attention :
       {Attention::absolute, Attention::relative, Attention::relative_local, Attention::shaw}) {
    SCOPED_TRACE(enum_name(attention));
    const TestModel model(config_of(attention));
    AttentionReader reader(model.engine());
    reader.read(tokens);
    EXPECT_EQ(reader.positions(), tokens.size());
    expect_weights(reader, Reference(model, tokens).weights(), kF32Error);
  }
}

TEST(AttentionReader, WeightsInInt8AreNearTheReference) {
  const auto tokens = random_tokens(27, 3, kTestVocabulary);
  const TestModel model(config_of(Attention::relative));
  AttentionReader reader(model.engine({.threads = 1, .precision = Precision::int8}));
  reader.read(tokens);
  expect_weights(reader, Reference(model, tokens).weights(), kInt8Error);
}

TEST(AttentionReader, ReadsAContextAtMost) {
  const TestModel model(config_of(Attention::relative));
  const auto tokens = random_tokens(50, 4, kTestVocabulary);
  AttentionReader reader(model.engine());
  reader.read(tokens);
  EXPECT_EQ(reader.positions(), 32U);
  expect_weights(reader, Reference(model, std::span(tokens).last(32)).weights(), kF32Error);
}

TEST(AttentionReader, EveryRowIsOneInSumAndSoIsTheirMean) {
  const TestModel model(config_of(Attention::relative_local));
  const auto tokens = random_tokens(30, 5, kTestVocabulary);
  AttentionReader reader(model.engine());
  reader.read(tokens);
  const auto sum = [](std::span<const float> row) {
    return std::accumulate(row.begin(), row.end(), 0.0);
  };
  for (int head = 0; head < reader.heads(); ++head) {
    EXPECT_NEAR(sum(reader.weights(1, head)), 1.0, 1e-5);
  }
  EXPECT_NEAR(sum(reader.mean_weights()), 1.0, 1e-5);
}

TEST(AttentionReader, MeanIsOverTheChosenHeads) {
  const TestModel model(config_of(Attention::relative));
  AttentionReader reader(model.engine());
  reader.read(random_tokens(20, 5, kTestVocabulary));
  const auto one = reader.mean_weights({.layer = 2, .head = 1});
  const auto layer = reader.mean_weights({.layer = 2});
  const auto all = reader.mean_weights();
  for (std::size_t p = 0; p < reader.positions(); ++p) {
    const auto weight = [&](int l, int h) { return reader.weights(l, h)[p]; };
    EXPECT_EQ(one[p], weight(1, 0));
    EXPECT_NEAR(layer[p], (weight(1, 0) + weight(1, 1)) / 2, 1e-6);
    EXPECT_NEAR(all[p], (weight(0, 0) + weight(0, 1) + weight(1, 0) + weight(1, 1)) / 4, 1e-6);
  }
}

TEST(AttentionReader, TokensThatBeginAlikeGiveTheSameWeightsAsReadFromScratch) {
  const TestModel model(config_of(Attention::shaw));
  const auto engine = model.engine();
  const auto all = random_tokens(30, 6, kTestVocabulary);
  auto other = std::vector(all.begin(), all.begin() + 20);
  other[12] ^= 1;
  AttentionReader kept(engine);
  for (const auto& tokens : {std::span<const Token>(all), std::span<const Token>(all).first(11),
                             std::span<const Token>(all).first(11), std::span<const Token>(other),
                             std::span<const Token>(all)}) {
    AttentionReader fresh(engine);
    fresh.read(tokens);
    kept.read(tokens);
    ASSERT_EQ(kept.positions(), tokens.size());
    for (int layer = 0; layer < kept.layers(); ++layer) {
      for (int head = 0; head < kept.heads(); ++head) {
        const auto a = kept.weights(layer, head), b = fresh.weights(layer, head);
        EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end()));
      }
    }
  }
}

}  // namespace
}  // namespace pno::infer
