#include "infer/weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "base/bf16.h"
#include "base/file.h"
#include "infer/test_models.h"

namespace pno::infer {
namespace {

using model::ModelFile;

// A small model in a file of its own.
class WeightsTest : public testing::Test {
 protected:
  ModelFile open(const TestModel& model) {
    model.write(path_);
    auto file = ModelFile::open(path_, ModelFile::Values::unchecked);
    EXPECT_TRUE(file.has_value()) << file.error().message;
    return std::move(*file);
  }

  model::ModelConfig config_ = [] {
    auto config = kTestConfig;
    config.attention = model::Attention::shaw;
    return config;
  }();

  TestFolder folder_;
  std::filesystem::path path_ = folder_ / "model.safetensors";
};

TEST_F(WeightsTest, HaveTheShapesOfTheConfig) {
  const TestModel model(config_);
  const auto file = open(model);
  for (const auto precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    SCOPED_TRACE(enum_name(precision));
    const Weights weights(file, Weights::Storage::file, precision, /*threads=*/2);
    ASSERT_EQ(std::ssize(weights.layers), config_.layers);
    for (const auto& layer : weights.layers) {
      EXPECT_EQ(layer.qkv.rows, 3 * config_.attention_width);
      EXPECT_EQ(layer.qkv.columns, config_.width);
      EXPECT_EQ(layer.attention_out.rows, config_.width);
      EXPECT_EQ(layer.attention_out.columns, config_.attention_width);
      EXPECT_EQ(layer.ff_in.rows, config_.ff_width);
      EXPECT_EQ(layer.ff_out.columns, config_.ff_width);
      EXPECT_EQ(layer.qkv.bias, nullptr);
      EXPECT_NE(layer.ff_in.bias, nullptr);
      EXPECT_EQ(std::ssize(layer.relative_keys), config_.heads);
      EXPECT_EQ(std::ssize(layer.relative_values), config_.heads);
      for (const auto& head : layer.relative_values) {
        EXPECT_EQ(head.are_int8(), precision == Precision::int8);
        EXPECT_EQ(head.rows != nullptr, precision == Precision::f32);
      }
      EXPECT_EQ(layer.qkv.weight != nullptr, precision == Precision::f32);
    }
    EXPECT_EQ(weights.output.rows, kTestVocabulary.outputs());
  }
}

TEST_F(WeightsTest, Float32IsReadInTheFileOrCopied) {
  const TestModel model(config_);
  const auto file = open(model);
  const Weights mapped(file, Weights::Storage::file, Precision::f32, /*threads=*/1);
  const Weights copied(file, Weights::Storage::copy, Precision::f32, /*threads=*/1);
  const auto in_file = file.tensor("layers.1.qkv.weight").as<float>();
  EXPECT_EQ(mapped.layers[1].qkv.weight, in_file.data());
  EXPECT_NE(copied.layers[1].qkv.weight, in_file.data());
  EXPECT_TRUE(std::equal(in_file.begin(), in_file.end(), copied.layers[1].qkv.weight));
}

TEST_F(WeightsTest, PacksRowsAndTransposesRelativeValues) {
  const TestModel model(config_);
  const auto file = open(model);
  const Weights weights(file, Weights::Storage::file, Precision::bf16, /*threads=*/3);
  const auto value_at = [](const Panels& panels, std::size_t m, std::size_t k) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, panels.data + byte_offset(panels.precision, panels.panel_size_bytes, m, k),
                sizeof(bits));
    return from_bf16(bits);
  };
  const auto rounded = [](double x) { return from_bf16(to_bf16(static_cast<float>(x))); };
  const auto& qkv = model.weights.find("layers.0.qkv.weight")->second;
  const auto& tables = model.weights.find("layers.0.relative_values")->second;
  const auto C = static_cast<std::size_t>(config_.width);
  const auto R = static_cast<std::size_t>(config_.max_distance);
  const auto D = static_cast<std::size_t>(config_.head_width());
  const LayerWeights& layer = weights.layers[0];
  for (std::size_t m = 0; m < 3 * static_cast<std::size_t>(config_.attention_width); ++m) {
    for (std::size_t k = 0; k < C; ++k) {
      ASSERT_EQ(value_at(layer.qkv.panels, m, k), rounded(qkv[m * C + k]));
    }
  }
  for (std::size_t head = 0; head < static_cast<std::size_t>(config_.heads); ++head) {
    for (std::size_t r = 0; r < R; ++r) {
      for (std::size_t d = 0; d < D; ++d) {
        ASSERT_EQ(value_at(layer.relative_values[head].panels, d, r),
                  rounded(tables[(head * R + r) * D + d]));
      }
    }
  }
}

TEST_F(WeightsTest, RowRangeIsAViewOfItsRows) {
  const TestModel model(config_);
  const auto file = open(model);
  for (const auto precision : {Precision::f32, Precision::int8}) {
    const Weights weights(file, Weights::Storage::file, precision, /*threads=*/1);
    const Linear& all = weights.layers[0].ff_in;
    const Linear part = weights.output.row_range(32, 16);
    EXPECT_EQ(part.rows, 16);
    EXPECT_EQ(part.columns, weights.output.columns);
    EXPECT_EQ(part.bias, weights.output.bias + 32);
    if (precision == Precision::f32) {
      EXPECT_EQ(part.weight, weights.output.weight + 32 * config_.width);
    } else {
      EXPECT_EQ(part.panels.scales, weights.output.panels.scales + 32);
      EXPECT_EQ(part.panels.data,
                weights.output.panels.data + 2 * weights.output.panels.panel_size_bytes);
    }
    EXPECT_EQ(all.row_range(0, 16).bias, all.bias);
  }
}

// The file in int8 gives the panels and scales that the file in float32 gives, so the same music.
TEST_F(WeightsTest, Int8FileIsPackedAsTheFileItWasMadeFrom) {
  const TestModel model(config_);
  const auto file = open(model);
  const auto path = folder_ / "int8.safetensors";
  ASSERT_TRUE(model::write_model_as(path, file, DType::i8));
  const auto int8_file = ModelFile::open(path, ModelFile::Values::unchecked);
  ASSERT_TRUE(int8_file.has_value()) << int8_file.error().message;
  const Weights expected(file, Weights::Storage::file, Precision::int8, /*threads=*/1);
  const Weights weights(*int8_file, Weights::Storage::file, Precision::int8, /*threads=*/2);
  EXPECT_TRUE(weights.are_finite());
  const auto expect_same = [](const Panels& a, const Panels& b, std::size_t M, std::size_t K,
                              std::size_t scales) {
    EXPECT_TRUE(
        std::equal(a.data, a.data + panel_count(M) * panel_bytes(Precision::int8, K), b.data));
    EXPECT_TRUE(std::equal(a.scales, a.scales + scales, b.scales));
  };
  const auto same_linear = [&](const Linear& a, const Linear& b) {
    const auto rows = static_cast<std::size_t>(a.rows);
    expect_same(a.panels, b.panels, rows, static_cast<std::size_t>(a.columns), rows);
  };
  const auto R = static_cast<std::size_t>(config_.max_distance);
  const auto D = static_cast<std::size_t>(config_.head_width());
  for (std::size_t n = 0; n < weights.layers.size(); ++n) {
    SCOPED_TRACE(n);
    const LayerWeights &a = weights.layers[n], &b = expected.layers[n];
    same_linear(a.qkv, b.qkv);
    same_linear(a.attention_out, b.attention_out);
    same_linear(a.ff_in, b.ff_in);
    same_linear(a.ff_out, b.ff_out);
    for (std::size_t h = 0; h < a.relative_keys.size(); ++h) {
      expect_same(a.relative_keys[h].panels, b.relative_keys[h].panels, R, D, R);
      expect_same(a.relative_values[h].panels, b.relative_values[h].panels, D, R, R);
    }
  }
  same_linear(weights.output, expected.output);
  // In float32 and bf16 the engine reads the dequantised values.
  const Weights exact(*int8_file, Weights::Storage::file, Precision::f32, /*threads=*/1);
  const auto values = int8_file->values("layers.1.qkv.weight");
  EXPECT_TRUE(std::equal(values.begin(), values.end(), exact.layers[1].qkv.weight));
  const Weights halves(*int8_file, Weights::Storage::file, Precision::bf16, /*threads=*/1);
  std::uint16_t bits = 0;
  const Panels& panels = halves.layers[1].qkv.panels;
  std::memcpy(&bits, panels.data + byte_offset(panels.precision, panels.panel_size_bytes, 1, 2),
              sizeof(bits));
  EXPECT_EQ(bits, to_bf16(values[static_cast<std::size_t>(config_.width) + 2]));
}

// A NaN in any kind of parameter: embedding, matrix, table, norm and bias.
TEST_F(WeightsTest, FindValuesThatAreNotFinite) {
  const TestModel model(config_);
  model.write(path_);
  const auto mapped = MappedFile::open(path_);
  ASSERT_TRUE(mapped.has_value());
  const auto parse = [](std::span<const std::byte> bytes) {
    auto file = ModelFile::parse(bytes, "the model", ModelFile::Values::unchecked);
    EXPECT_TRUE(file.has_value()) << file.error().message;
    return std::move(*file);
  };
  // write_model() refuses NaN, so it is written into a copy of the bytes.
  std::vector<std::byte> bytes(mapped->bytes().begin(), mapped->bytes().end());
  for (const auto* name : {"embedding", "layers.1.ff_out.weight", "layers.0.relative_keys",
                           "layers.0.relative_values", "final_norm.bias", "output.bias"}) {
    const auto tensor = parse(mapped->bytes()).tensor(name);
    const auto last = static_cast<std::size_t>(tensor.bytes.data() - mapped->bytes().data()) +
                      tensor.bytes.size() - sizeof(float);
    float value = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(bytes.data() + last, &value, sizeof(value));
    for (const auto precision : {Precision::f32, Precision::bf16, Precision::int8}) {
      SCOPED_TRACE(fmt::format("{} in {}", name, enum_name(precision)));
      const auto finite = parse(mapped->bytes()), broken = parse(bytes);
      EXPECT_TRUE(Weights(finite, Weights::Storage::copy, precision, /*threads=*/2).are_finite());
      EXPECT_FALSE(Weights(broken, Weights::Storage::copy, precision, /*threads=*/2).are_finite());
    }
    std::memcpy(bytes.data() + last, mapped->bytes().data() + last, sizeof(value));
  }
}

}  // namespace
}  // namespace pno::infer
