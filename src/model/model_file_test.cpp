#include "model/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>

#include "base/bf16.h"
#include "base/file.h"
#include "model/parameters.h"
#include "model/reference.h"

namespace pno::model {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;
using testing::HasSubstr;

constexpr int kVocabulary = 9;
constexpr VocabularySize kWithRoles(12, 9);
constexpr ModelConfig kConfig{.layers = 2,
                              .heads = 2,
                              .width = 6,
                              .attention_width = 8,
                              .ff_width = 10,
                              .context = 12,
                              .max_distance = 5,
                              .attention = Attention::shaw};

// A model in memory that a test may change before it is written.
struct Draft {
  std::map<std::string, std::vector<float>> values;
  std::vector<Tensor> tensors;
  TextFields metadata = {{"format", "pno.model"}, {"version", "1"}};

  explicit Draft(const VocabularySize& vocabulary = kVocabulary) {
    if (vocabulary.has_roles()) put("version", "2");
    put_fields(kConfig, "model.", metadata);
    const auto weights = reference::random_weights(kConfig, vocabulary, 1);
    for (const auto& parameter : parameters(kConfig, vocabulary)) {
      const auto& exact = weights.at(parameter.name);
      auto& rounded = values[parameter.name];
      for (const double value : exact) rounded.push_back(static_cast<float>(value));
      tensors.push_back(Tensor::of<float>(parameter.name, parameter.shape, rounded));
    }
  }

  void put(std::string key, std::string value) {
    metadata.insert_or_assign(std::move(key), std::move(value));
  }

  Tensor& tensor(std::string_view name) {
    return *std::find_if(tensors.begin(), tensors.end(),
                         [&](const Tensor& tensor) { return tensor.name == name; });
  }
};

class ModelFiles : public testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }

  // The error message for a damaged model, without the path; "" if it is accepted.
  std::string complaint(const std::function<void(Draft&)>& spoil,
                        const VocabularySize& vocabulary = kVocabulary) const {
    Draft draft(vocabulary);
    spoil(draft);
    EXPECT_TRUE(write_safetensors(path_, draft.tensors, draft.metadata));
    return complaint();
  }
  std::string complaint() const {
    const auto file = ModelFile::open(path_);
    if (file) return "";
    const auto prefix = path_.string() + ": ";
    EXPECT_TRUE(file.error().message.starts_with(prefix)) << file.error().message;
    return file.error().message.substr(prefix.size());
  }

  fs::path path_ = fs::path(testing::TempDir()) / fmt::format("pno_model_{}", ::getpid());
};

TEST_F(ModelFiles, ReadsWhatItWrote) {
  const Draft draft;
  const TextFields metadata = {{"data.licence", "CC BY-NC-SA 4.0"}};
  ASSERT_TRUE(write_model(path_, kConfig, draft.tensors, metadata));
  const auto file = ModelFile::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->config(), kConfig);
  EXPECT_EQ(file->vocabulary_size(), kVocabulary);
  EXPECT_EQ(file->parameter_count(), parameter_count(kConfig, kVocabulary));
  EXPECT_EQ(file->metadata().at("data.licence"), "CC BY-NC-SA 4.0");
  for (const auto& [name, values] : draft.values) {
    EXPECT_EQ(file->values(name), values) << name;
    EXPECT_EQ(file->tensor(name).name, name);
  }
}

// Version 2, so that programs that do not know roles refuse it with their sentence.
TEST_F(ModelFiles, AModelWithRolesIsVersion2) {
  ASSERT_TRUE(write_model(path_, kConfig, Draft().tensors, {}));
  auto file = ModelFile::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->metadata().at("version"), "1");
  EXPECT_FALSE(file->vocabulary_size().has_roles());

  const Draft draft(kWithRoles);
  ASSERT_TRUE(write_model(path_, kConfig, draft.tensors, {}));
  file = ModelFile::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->metadata().at("version"), "2");
  EXPECT_EQ(file->vocabulary_size(), kWithRoles);
  EXPECT_TRUE(file->vocabulary_size().has_roles());
  EXPECT_EQ(file->parameter_count(), parameter_count(kConfig, kWithRoles));
  for (const auto& [name, values] : draft.values) EXPECT_EQ(file->values(name), values) << name;
}

TEST_F(ModelFiles, CopiesKeepTheVectorsOfRoles) {
  const Draft draft(kWithRoles);
  const auto& vectors = draft.values.at("role_embedding");
  ASSERT_TRUE(write_model(path_, kConfig, draft.tensors, {}));
  const auto file = ModelFile::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  for (const auto precision : {DType::bf16, DType::i8}) {
    const auto small = path_.string() + ".small";
    ASSERT_TRUE(write_model_as(small, *file, precision));
    const auto copy = ModelFile::open(small);
    ASSERT_TRUE(copy) << copy.error().message;
    EXPECT_EQ(copy->metadata().at("version"), "2");
    EXPECT_EQ(copy->vocabulary_size(), kWithRoles);
    // Stored like the embedding.
    EXPECT_EQ(copy->tensor("role_embedding").dtype, copy->tensor("embedding").dtype);
    auto expected = vectors;
    if (precision == DType::bf16) {
      for (float& value : expected) value = from_bf16(to_bf16(value));
    }
    EXPECT_EQ(copy->values("role_embedding"), expected);
    fs::remove(small);
  }
}

TEST_F(ModelFiles, ChecksTheTensorsOfRoles) {
  const auto erase = [](Draft& draft, std::string_view name) {
    std::erase_if(draft.tensors, [&](const Tensor& tensor) { return tensor.name == name; });
  };
  EXPECT_EQ(complaint([](Draft&) {}, kWithRoles), "");
  EXPECT_EQ(complaint([&](Draft& draft) { erase(draft, "role_embedding"); }, kWithRoles),
            "has no tensor 'role_embedding'");
  EXPECT_EQ(complaint([&](Draft& draft) { erase(draft, "output.bias"); }, kWithRoles),
            "has no tensor 'output.bias'");
  EXPECT_EQ(complaint([](Draft& draft) { draft.put("version", "1"); }, kWithRoles),
            "tensor 'output.weight' is [9, 6] where its config asks for [12, 6]");
  EXPECT_EQ(complaint([](Draft& draft) { draft.put("version", "2"); }),
            "tensor 'output.bias' is [9] where fewer outputs than the 9 rows of 'embedding' were "
            "expected, because it has roles");
  EXPECT_EQ(complaint(
                [](Draft& draft) {
                  draft.tensor("role_embedding").shape = {2, 9};
                },
                kWithRoles),
            "tensor 'role_embedding' is [2, 9] where its config asks for [3, 6]");
}

// Tables that are not saved would change the argmax at most positions after a reload.
TEST_F(ModelFiles, RelativeTablesAreSaved) {
  const Draft draft;
  ASSERT_TRUE(write_model(path_, kConfig, draft.tensors, {}));
  const auto file = ModelFile::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  reference::Weights before, after;
  for (const auto& [name, values] : draft.values) before[name].assign(values.begin(), values.end());
  for (const auto& parameter : parameters(kConfig, kVocabulary)) {
    const auto values = file->values(parameter.name);
    after[parameter.name].assign(values.begin(), values.end());
  }
  const std::vector<std::uint16_t> tokens = {8, 0, 3, 3, 7, 1, 2};
  EXPECT_EQ(reference::forward(kConfig, kVocabulary, before, tokens),
            reference::forward(kConfig, kVocabulary, after, tokens));
}

TEST_F(ModelFiles, Bf16IsReadAsTheUpperHalfOfAFloat) {
  Draft draft;
  std::vector<std::uint16_t> halves;
  std::vector<float> expected;
  for (const float value : draft.values["output.bias"]) {
    halves.push_back(static_cast<std::uint16_t>(bit_cast<std::uint32_t>(value) >> 16));
    expected.push_back(bit_cast<float>(std::uint32_t{halves.back()} << 16));
  }
  draft.tensor("output.bias").dtype = DType::bf16;
  draft.tensor("output.bias").bytes = std::as_bytes(std::span(halves));
  ASSERT_TRUE(write_model(path_, kConfig, draft.tensors, {}));
  const auto file = ModelFile::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->values("output.bias"), expected);
  EXPECT_NEAR(expected[0], draft.values["output.bias"][0], std::abs(expected[0]) / 128);
}

TEST_F(ModelFiles, Bf16CopyRoundsMatricesAndKeepsNormsAndMetadata) {
  Draft draft;
  const auto small = path_.string() + ".bf16", back = path_.string() + ".f32";
  const TextFields metadata = {{"data.licence", "CC BY-NC-SA 4.0"}, {"training.steps", "7"}};
  ASSERT_TRUE(write_model(path_, kConfig, draft.tensors, metadata));
  const auto file = ModelFile::open(path_);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->precision(), DType::f32);
  ASSERT_TRUE(write_model_as(small, *file, DType::bf16));
  const auto copy = ModelFile::open(small);
  ASSERT_TRUE(copy) << copy.error().message;
  EXPECT_EQ(copy->precision(), DType::bf16);
  EXPECT_EQ(copy->config(), file->config());
  EXPECT_EQ(copy->metadata(), file->metadata());
  for (const auto& [name, values] : draft.values) {
    const bool is_vector = copy->tensor(name).shape.size() == 1;
    EXPECT_EQ(copy->tensor(name).dtype, is_vector ? DType::f32 : DType::bf16) << name;
    auto expected = values;
    if (!is_vector) {
      for (float& value : expected) value = from_bf16(to_bf16(value));
    }
    EXPECT_EQ(copy->values(name), expected) << name;
  }
  // And back: F32 everywhere, with the rounded values.
  ASSERT_TRUE(write_model_as(back, *copy, DType::f32));
  const auto again = ModelFile::open(back);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->precision(), DType::f32);
  for (const auto& [name, values] : draft.values) {
    EXPECT_EQ(again->tensor(name).dtype, DType::f32) << name;
    EXPECT_EQ(again->values(name), copy->values(name)) << name;
  }
  // A float32 copy of a float32 model is the same file.
  ASSERT_TRUE(write_model_as(back, *file, DType::f32));
  EXPECT_EQ(read_text(back).value(), read_text(path_).value());
  fs::remove(small);
  fs::remove(back);
}

TEST_F(ModelFiles, RefusesToWriteValuesTooLargeForBf16) {
  Draft draft;
  draft.values["output.weight"][3] = std::numeric_limits<float>::max();
  ASSERT_TRUE(write_model(path_, kConfig, draft.tensors, {}));
  const auto file = ModelFile::open(path_);
  ASSERT_TRUE(file);
  const auto written = write_model_as(path_.string() + ".bf16", *file, DType::bf16);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("was not written: tensor 'output.weight' holds"));
}

TEST_F(ModelFiles, Int8CopyHasOneScaleForEachRow) {
  Draft draft;
  auto& table = draft.values["layers.1.relative_keys"];  // [2, 5, 4]
  std::fill(table.begin() + 4, table.begin() + 8, 0.0F);
  const auto small = path_.string() + ".int8", again = path_.string() + ".again";
  const TextFields metadata = {{"data.licence", "CC BY-NC-SA 4.0"}};
  ASSERT_TRUE(write_model(path_, kConfig, draft.tensors, metadata));
  const auto file = ModelFile::open(path_);
  ASSERT_TRUE(file);
  ASSERT_TRUE(write_model_as(small, *file, DType::i8));
  const auto copy = ModelFile::open(small);
  ASSERT_TRUE(copy) << copy.error().message;
  EXPECT_EQ(copy->precision(), DType::i8);
  EXPECT_EQ(copy->metadata(), file->metadata());
  EXPECT_EQ(copy->parameter_count(), file->parameter_count());
  for (const auto& [name, values] : draft.values) {
    SCOPED_TRACE(name);
    const auto& tensor = copy->tensor(name);
    const bool is_exact = tensor.shape.size() == 1 || name == "embedding";
    EXPECT_EQ(tensor.dtype, is_exact ? DType::f32 : DType::i8);
    EXPECT_EQ(copy->scales(name) == nullptr, is_exact);
    const auto stored = copy->values(name);
    if (is_exact) {
      EXPECT_EQ(stored, values);
      continue;
    }
    const auto columns = static_cast<std::size_t>(tensor.shape.back());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float scale = copy->scales(name)[i / columns];
      ASSERT_LE(std::abs(stored[i] - values[i]), scale * 0.5001F) << i;
    }
  }
  EXPECT_EQ(copy->scales("layers.1.relative_keys")[1], 0);
  // A copy of the copy is the same file: nothing is rounded twice.
  ASSERT_TRUE(write_model_as(again, *copy, DType::i8));
  EXPECT_EQ(read_text(again).value(), read_text(small).value());
  fs::remove(small);
  fs::remove(again);
}

TEST_F(ModelFiles, ChecksTheScalesOfInt8) {
  const std::vector<std::int8_t> integers(54, 1);
  std::vector<float> scales(9, 0.5F);
  std::string with_scales = "output.weight.scale";
  std::vector<std::int64_t> shape = {9};
  const auto with_int8 = [&](Draft& draft) {
    draft.tensor("output.weight").dtype = DType::i8;
    draft.tensor("output.weight").bytes = std::as_bytes(std::span(integers));
    draft.tensors.push_back(Tensor::of<float>(with_scales, shape, scales));
  };
  EXPECT_EQ(complaint(with_int8), "");
  scales[8] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(complaint(with_int8),
            "tensor 'output.weight.scale' holds values that are not finite; train the model again");
  shape = {3, 3};
  EXPECT_EQ(complaint(with_int8),
            "tensor 'output.weight.scale' is F32 [3, 3] where F32 [9] was expected, a scale for "
            "each row");
  with_scales = "output.weight.scales";
  EXPECT_EQ(complaint(with_int8), "has no tensor 'output.weight.scale'");
  EXPECT_EQ(complaint([&](Draft& draft) {
              draft.tensor("embedding").dtype = DType::i8;
              draft.tensor("embedding").bytes = std::as_bytes(std::span(integers));
            }),
            "tensor 'embedding' is I8 where F32 or BF16 was expected");
  EXPECT_EQ(complaint([&](Draft& draft) {
              draft.tensors.push_back(Tensor::of<float>("output.weight.scale", {9}, scales));
            }),
            "tensor 'output.weight.scale' is not part of a model with this config");
}

TEST_F(ModelFiles, OpenFileMayBeDeleted) {
  ASSERT_TRUE(write_model(path_, kConfig, Draft().tensors, {}));
  auto opened = ModelFile::open(path_);
  ASSERT_TRUE(opened);
  const ModelFile moved = std::move(*opened);
  fs::remove(path_);
  EXPECT_EQ(moved.values("embedding").size(), 9U * 6U);
}

TEST_F(ModelFiles, RefusesADatasetWithItsSize) {
  const std::vector<std::int64_t> piece_first = {0, 10, 20, 30};
  const Tensor tensor = Tensor::of<std::int64_t>("piece_first", {4}, piece_first);
  ASSERT_TRUE(write_safetensors(path_, std::span(&tensor, 1), {{"format", "pno.notes"}}));
  EXPECT_EQ(complaint(),
            "is a dataset of 3 pieces, not a model; give a model file made by 'pno train'");
  ASSERT_TRUE(write_safetensors(path_, {}, {{"format", "pno.notes"}}));
  EXPECT_EQ(complaint(), "is a dataset, not a model; give a model file made by 'pno train'");
}

TEST_F(ModelFiles, RefusesAFileOfAnotherProgram) {
  EXPECT_EQ(complaint([](Draft& draft) { draft.metadata.clear(); }),
            "is a safetensors file of another program; give a model file made by 'pno train'");
}

TEST_F(ModelFiles, RefusesATextFile) {
  ASSERT_TRUE(replace_file(path_, "To whom it may concern"));
  EXPECT_THAT(complaint(), HasSubstr("is not a safetensors file"));
}

TEST_F(ModelFiles, RefusesAFileTruncatedAnywhere) {
  ASSERT_TRUE(write_model(path_, kConfig, Draft().tensors, {}));
  const auto whole = read_text(path_).value();
  for (std::size_t length = 0; length < whole.size(); length += 97) {
    ASSERT_TRUE(replace_file(path_, std::string_view(whole).substr(0, length)));
    EXPECT_THAT(complaint(), HasSubstr("cut short")) << length << " bytes of " << whole.size();
  }
}

TEST_F(ModelFiles, RefusesAnotherVersion) {
  EXPECT_EQ(complaint([](Draft& draft) { draft.put("version", "3"); }),
            "is a model of version '3', but this pno reads versions 1 and 2; use a newer pno");
  EXPECT_THAT(complaint([](Draft& draft) { draft.metadata.erase("version"); }),
              HasSubstr("version ''"));
}

TEST_F(ModelFiles, ErrorNamesAnInvalidConfigField) {
  EXPECT_EQ(complaint([](Draft& draft) { draft.metadata.erase("model.layers"); }),
            "its metadata is wrong: model.layers is missing");
  EXPECT_EQ(complaint([](Draft& draft) { draft.put("model.layers", "two"); }),
            "its metadata is wrong: model.layers: 'two' is not an integer in range");
  EXPECT_EQ(complaint([](Draft& draft) { draft.put("model.layers", "0"); }),
            "its metadata is wrong: model.layers is 0; it must be 1 to 128");
  EXPECT_EQ(complaint([](Draft& draft) { draft.put("model.gates", "3"); }),
            "its metadata is wrong: model.gates is not known to this pno; use a newer one");
}

TEST_F(ModelFiles, RefusesAConfigThatDoesNotMatchTheTensors) {
  EXPECT_EQ(complaint([](Draft& draft) { draft.put("model.layers", "3"); }),
            "has no tensor 'layers.2.attention_norm.weight'");
  EXPECT_EQ(complaint([](Draft& draft) { draft.put("model.layers", "1"); }),
            "tensor 'layers.1.attention_norm.bias' is not part of a model with this config");
  EXPECT_EQ(complaint([](Draft& draft) { draft.put("model.max_distance", "6"); }),
            "tensor 'layers.0.relative_keys' is [2, 5, 4] where its config asks for [2, 6, 4]");
}

TEST_F(ModelFiles, ErrorNamesAMissingOrExtraTensor) {
  EXPECT_EQ(complaint([](Draft& draft) { draft.tensors.erase(draft.tensors.begin() + 3); }),
            "has no tensor 'layers.0.qkv.weight'");
  EXPECT_EQ(complaint([](Draft& draft) { draft.tensors.erase(draft.tensors.begin()); }),
            "has no tensor 'embedding'");
  EXPECT_EQ(complaint([](Draft& draft) {
              draft.tensors.push_back(draft.tensors[0]);
              draft.tensors.back().name = "lm_head";
            }),
            "tensor 'lm_head' is not part of a model with this config");
}

TEST_F(ModelFiles, RefusesAVocabularySizeOutOfRange) {
  EXPECT_EQ(complaint([](Draft& draft) { draft.tensor("embedding").shape = {54}; }),
            "tensor 'embedding' is [54] where [vocabulary, width] was expected, vocabulary 1 to "
            "65536");
  const std::vector<float> large(65537);
  EXPECT_THAT(complaint([&](Draft& draft) {
                draft.tensor("embedding") = Tensor::of<float>("embedding", {65537, 1}, large);
              }),
              EndsWith("vocabulary 1 to 65536"));
  EXPECT_THAT(complaint([](Draft& draft) {
                draft.tensor("embedding") = Tensor::of<float>("embedding", {0, 6}, {});
              }),
              EndsWith("vocabulary 1 to 65536"));
}

TEST_F(ModelFiles, RefusesAnotherTypeOrShape) {
  EXPECT_EQ(complaint([](Draft& draft) { draft.tensor("output.bias").dtype = DType::i32; }),
            "tensor 'output.bias' is I32 where F32 or BF16 was expected");
  EXPECT_EQ(complaint([](Draft& draft) { draft.tensor("output.weight").dtype = DType::i32; }),
            "tensor 'output.weight' is I32 where F32 or BF16 or I8 was expected");
  EXPECT_EQ(complaint([](Draft& draft) {
              draft.tensor("output.weight").shape = {6, 9};
            }),
            "tensor 'output.weight' is [6, 9] where its config asks for [9, 6]");
}

TEST_F(ModelFiles, FindsNonFiniteValuesAnywhere) {
  const auto bad_values = {std::numeric_limits<float>::quiet_NaN(),
                           std::numeric_limits<float>::infinity(),
                           -std::numeric_limits<float>::infinity()};
  for (const float bad : bad_values) {
    for (const std::size_t place : {std::size_t{0}, std::size_t{17}, std::size_t{53}}) {
      EXPECT_EQ(complaint([&](Draft& draft) { draft.values["output.weight"][place] = bad; }),
                "tensor 'output.weight' holds values that are not finite; train the "
                "model again");
    }
  }
  EXPECT_EQ(complaint([](Draft& draft) {
              draft.values["output.weight"][0] = std::numeric_limits<float>::max();
              draft.values["output.weight"][1] = std::numeric_limits<float>::denorm_min();
            }),
            "");
}

TEST_F(ModelFiles, FindsNonFiniteBf16Values) {
  const std::vector<std::uint16_t> infinite = {0, 0, 0, 0, 0, 0, 0, 0, 0xFF80};
  EXPECT_THAT(complaint([&](Draft& draft) {
                draft.tensor("output.bias").dtype = DType::bf16;
                draft.tensor("output.bias").bytes = std::as_bytes(std::span(infinite));
              }),
              HasSubstr("'output.bias' holds values that are not finite"));
}

TEST_F(ModelFiles, RefusesToWriteAnInvalidModel) {
  Draft draft;
  draft.values["output.bias"][0] = NAN;
  const auto written = write_model(path_, kConfig, draft.tensors, {});
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("was not written: tensor 'output.bias' holds"));
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(ModelFiles, FullDiskIsAnError) {
  const auto written = write_model("/dev/full", kConfig, Draft().tensors, {});
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("No space left on device"));
}

TEST(ModelFile, MissingFileIsAnError) {
  const auto file = ModelFile::open("/nowhere/model.safetensors");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("No such file or directory"));
}

}  // namespace
}  // namespace pno::model
