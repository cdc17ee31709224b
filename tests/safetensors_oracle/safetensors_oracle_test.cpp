// Compares pno's safetensors files with an independent implementation in Python, oracle.py: each
// reads the files of the other, with exactly equal values.

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/safetensors.h"
#include "events/vocabulary.h"
#include "model/model_file.h"
#include "model/parameters.h"

namespace pno {
namespace {

using Json = nlohmann::json;

class SafetensorsOracle : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("python3 --version > /dev/null 2>&1") != 0) {
      GTEST_SKIP() << "this machine has no python3";
    }
  }
  void TearDown() override { std::filesystem::remove(path_); }

  // Runs the script, and returns its output.
  std::string oracle(const std::string& verb) const {
    const auto command = fmt::format("python3 '{}/tests/safetensors_oracle/oracle.py' {} '{}'",
                                     PNO_SOURCE_DIR, verb, path_.string());
    FILE* const pipe = ::popen(command.c_str(), "r");
    PNO_CHECK(pipe != nullptr, "popen failed");
    std::string text;
    std::array<char, 4096> block{};
    while (const auto size = std::fread(block.data(), 1, block.size(), pipe)) {
      text.append(block.data(), size);
    }
    EXPECT_EQ(::pclose(pipe), 0) << command;
    return text;
  }

  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / fmt::format("pno-oracle-{}.safetensors", ::getpid());
};

template <class T>
void expect_tensor(const SafetensorsFile& file, std::string_view name, DType dtype,
                   const std::vector<std::int64_t>& shape, const std::vector<T>& values) {
  const auto* tensor = file.find(name);
  ASSERT_NE(tensor, nullptr) << name;
  EXPECT_EQ(tensor->dtype, dtype) << name;
  EXPECT_EQ(tensor->shape, shape) << name;
  const auto wanted = std::as_bytes(std::span(values));
  EXPECT_TRUE(std::ranges::equal(tensor->bytes, wanted)) << name;
}

TEST_F(SafetensorsOracle, FilesOfTheOracleAreReadExactly) {
  oracle("write");
  const auto file = SafetensorsFile::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->tensors().size(), 14U);
  using f32 = std::numeric_limits<float>;
  expect_tensor<float>(*file, "weights.é \"quoted\"", DType::f32, {2, 3},
                       {0.0F, -0.0F, 1.5F, f32::max(), f32::denorm_min(), f32::infinity()});
  expect_tensor<double>(*file, "double", DType::f64, {3},
                        {0.1, -1e300, std::numeric_limits<double>::denorm_min()});
  using i64 = std::numeric_limits<std::int64_t>;
  expect_tensor<std::int64_t>(*file, "whole", DType::i64, {1, 1, 3}, {i64::min(), -1, i64::max()});
  expect_tensor<std::uint64_t>(*file, "unsigned", DType::u64, {2}, {0, ~std::uint64_t{0}});
  expect_tensor<std::int32_t>(*file, "scalar", DType::i32, {},
                              {std::numeric_limits<std::int32_t>::min()});
  expect_tensor<std::uint32_t>(*file, "u32", DType::u32, {2}, {7, 0xFFFFFFFF});
  expect_tensor<std::uint16_t>(*file, "half", DType::f16, {4}, {0x3800, 0xFBFF, 0x0001, 0x3C00});
  expect_tensor<std::uint16_t>(*file, "brain", DType::bf16, {2, 2},
                               {0x3F80, 0xC020, 0x7F7F, 0x0000});
  expect_tensor<std::uint16_t>(*file, "u16", DType::u16, {2}, {0, 65535});
  expect_tensor<std::int16_t>(*file, "i16", DType::i16, {2}, {-32768, 32767});
  expect_tensor<std::uint8_t>(*file, "bytes", DType::u8, {3}, {0, 127, 255});
  expect_tensor<std::int8_t>(*file, "signed bytes", DType::i8, {2}, {-128, 127});
  expect_tensor<std::uint8_t>(*file, "flags", DType::boolean, {3}, {1, 0, 1});
  expect_tensor<std::uint8_t>(*file, "empty", DType::u8, {0, 5}, {});
  const TextFields metadata = {
      {"title", "Für Élise"}, {"empty", ""}, {"lines", "a\nb\t\"c\" \\ 🎹"}};
  EXPECT_EQ(file->metadata(), metadata);
}

// A model with every kind of parameter, and values of all magnitudes.
TEST_F(SafetensorsOracle, OracleReadsOurModelFilesExactly) {
  const model::ModelConfig config{.layers = 2,
                                  .heads = 2,
                                  .width = 6,
                                  .attention_width = 8,
                                  .ff_width = 10,
                                  .context = 16,
                                  .max_distance = 4,
                                  .attention = model::Attention::shaw};
  std::vector<std::vector<float>> values;
  std::vector<Tensor> tensors;
  const auto list = model::parameters(config, events::kPerformance.inputs());
  for (const auto& parameter : list) {
    auto& own = values.emplace_back();
    for (const double value : model::initial_values(parameter, 3, values.size())) {
      own.push_back(
          std::ldexp(static_cast<float>(value), static_cast<int>(own.size() % 200) - 100));
    }
    tensors.push_back(Tensor::of<float>(parameter.name, parameter.shape, own));
  }
  TextFields metadata = {{"data.title", "Für \"Élise\"\n"}};
  put_fields(events::kPerformance, "vocabulary.", metadata);
  ASSERT_TRUE(model::write_model(path_, config, tensors, metadata));

  const auto read = Json::parse(oracle("read"));
  EXPECT_EQ(read["metadata"]["data.title"], "Für \"Élise\"\n");
  EXPECT_EQ(read["metadata"]["model.attention"], "shaw");
  ASSERT_EQ(read["tensors"].size(), list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto& tensor = read["tensors"][list[i].name];
    EXPECT_EQ(tensor["dtype"], "F32") << list[i].name;
    EXPECT_EQ(tensor["shape"], Json(list[i].shape)) << list[i].name;
    EXPECT_EQ(tensor["values"].get<std::vector<float>>(), values[i]) << list[i].name;
  }

  // In int8: integers times the scale of their row.
  const auto file = model::ModelFile::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE(model::write_model_as(path_, *file, DType::i8));
  const auto int8 = Json::parse(oracle("read"))["tensors"];
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto& name = list[i].name;
    if (!int8.contains(name + ".scale")) {
      EXPECT_EQ(int8[name]["values"].get<std::vector<float>>(), values[i]) << name;
      continue;
    }
    EXPECT_EQ(int8[name]["dtype"], "I8") << name;
    const auto integers = int8[name]["values"].get<std::vector<int>>();
    const auto scales = int8[name + ".scale"]["values"].get<std::vector<float>>();
    ASSERT_EQ(integers.size(), values[i].size());
    const std::size_t columns = integers.size() / scales.size();
    EXPECT_EQ(columns, list[i].shape.back());
    for (std::size_t k = 0; k < integers.size(); ++k) {
      const float scale = scales[k / columns];
      ASSERT_LE(std::abs(static_cast<float>(integers[k]) * scale - values[i][k]), 0.5001F * scale)
          << name << ' ' << k;
    }
  }
}

}  // namespace
}  // namespace pno
