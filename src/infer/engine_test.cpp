#include "infer/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/bf16.h"
#include "infer/test_models.h"
#include "simd/simd_target.h"

namespace pno::infer {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const model::ModelConfig kConfig{.layers = 1,
                                 .heads = 2,
                                 .width = 8,
                                 .attention_width = 8,
                                 .ff_width = 8,
                                 .context = 16,
                                 .max_distance = 16};

// The error of opening an engine with this model.
std::string failure(const TestModel& model, const TextFields& vocabulary_metadata,
                    const EngineOptions& options = {}) {
  const TestFolder folder;
  const auto path = folder / "model.safetensors";
  std::vector<std::vector<float>> storage;
  std::vector<Tensor> tensors;
  for (const auto& parameter : model::parameters(model.config, model.vocabulary.inputs())) {
    storage.emplace_back(static_cast<std::size_t>(parameter.size()), 0.0F);
    tensors.push_back(Tensor::of<float>(parameter.name, parameter.shape, storage.back()));
  }
  EXPECT_TRUE(model::write_model(path, model.config, tensors, vocabulary_metadata).has_value());
  const auto engine = Engine::open(path, options);
  return engine ? "" : engine.error().message;
}

TextFields metadata_of(const events::Vocabulary& vocabulary) {
  TextFields metadata;
  put_fields(vocabulary, "vocabulary.", metadata);
  return metadata;
}

TEST(Engine, HasConfigVocabularyAndMetadataOfItsFile) {
  const TestModel model(kConfig);
  const auto engine = model.engine({.threads = 3});
  EXPECT_EQ(engine->config(), kConfig);
  EXPECT_EQ(engine->vocabulary(), kTestVocabulary);
  EXPECT_EQ(engine->metadata().at("model.width"), "8");
  EXPECT_EQ(engine->threads(), 3);
  EXPECT_GE(model.engine({})->threads(), 1);
}

TEST(Engine, OpenFileGivesTheSameEngine) {
  const TestModel model(kConfig);
  const TestFolder folder;
  model.write(folder / "model.safetensors");
  const auto tokens = random_tokens(10, 1, model.vocabulary);
  const auto expected = Session(model.engine()).logits_of(tokens);

  auto file = model::ModelFile::open(folder / "model.safetensors");
  ASSERT_TRUE(file.has_value());
  const auto copied = Engine::create(std::as_const(*file));
  const auto taken = Engine::create(std::move(*file));
  ASSERT_TRUE(copied.has_value() && taken.has_value());
  EXPECT_EQ(Session(*copied).logits_of(tokens), expected);
  EXPECT_EQ(Session(*taken).logits_of(tokens), expected);
}

// Weights that are multiples of 1/8 are exact in bfloat16.
TEST(Engine, ReadsBfloat16) {
  TestModel model(kConfig);
  std::vector<std::vector<std::uint16_t>> storage;
  std::vector<Tensor> tensors;
  for (const auto& parameter : model::parameters(model.config, model.vocabulary.inputs())) {
    auto& halves = storage.emplace_back();
    for (double& value : model.weights.find(parameter.name)->second) {
      value = std::round(value * 8) / 8;
      const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
      halves.push_back(static_cast<std::uint16_t>(bits >> 16));
    }
    tensors.push_back({parameter.name, DType::bf16, parameter.shape,
                       std::as_bytes(std::span<const std::uint16_t>(halves))});
  }
  const TestFolder folder;
  const auto path = folder / "model.safetensors";
  ASSERT_TRUE(
      model::write_model(path, model.config, tensors, metadata_of(model.vocabulary)).has_value());
  const auto engine = Engine::open(path);
  ASSERT_TRUE(engine.has_value()) << engine.error().message;
  const auto tokens = random_tokens(10, 1, model.vocabulary);
  EXPECT_EQ(Session(*engine).logits_of(tokens), Session(model.engine()).logits_of(tokens));
}

// A model exported in bf16 equals the model with rounded weights, in every precision of the engine.
TEST(Engine, RunsABfloat16FileInEveryPrecision) {
  for (const auto attention : {model::Attention::absolute, model::Attention::relative,
                               model::Attention::relative_local, model::Attention::shaw}) {
    auto config = kTestConfig;
    config.attention = attention;
    SCOPED_TRACE(enum_name(attention));
    TestModel model(config);
    const TestFolder folder;
    model.write(folder / "model.safetensors");
    const auto file = model::ModelFile::open(folder / "model.safetensors");
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE(model::write_model_as(folder / "small.safetensors", *file, DType::bf16));
    const auto original = model.weights;
    for (const auto& parameter : model::parameters(config, model.vocabulary.inputs())) {
      if (parameter.shape.size() < 2) continue;
      for (double& value : model.weights.at(parameter.name)) {
        value = from_bf16(to_bf16(static_cast<float>(value)));
      }
    }
    ASSERT_NE(model.weights, original);
    const auto tokens = random_tokens(60, 1, model.vocabulary);
    for (const auto precision :
         {Precision::automatic, Precision::f32, Precision::bf16, Precision::int8}) {
      SCOPED_TRACE(enum_name(precision));
      const EngineOptions options{.threads = 1, .precision = precision};
      const auto engine = Engine::open(folder / "small.safetensors", options);
      ASSERT_TRUE(engine.has_value()) << engine.error().message;
      EXPECT_EQ(Session(*engine).logits_of(tokens),
                Session(model.engine(options)).logits_of(tokens));
      // Also when copied from an open file.
      const auto small = model::ModelFile::open(folder / "small.safetensors");
      const auto copied = Engine::create(*small, options);
      ASSERT_TRUE(copied.has_value());
      EXPECT_EQ(Session(*copied).logits_of(tokens), Session(*engine).logits_of(tokens));
    }
  }
}

// Each precision checks the values in a different pass.
TEST(Engine, RefusesValuesThatAreNotFiniteInEveryPrecision) {
  auto config = kTestConfig;
  config.attention = model::Attention::shaw;
  const TestModel model(config);
  const TestFolder folder;
  const auto path = folder / "model.safetensors";
  for (const auto& spoilt : model::parameters(config, model.vocabulary.inputs())) {
    std::vector<std::vector<float>> storage;
    std::vector<Tensor> tensors;
    for (const auto& parameter : model::parameters(config, model.vocabulary.inputs())) {
      auto& values = storage.emplace_back(static_cast<std::size_t>(parameter.size()), 0.5F);
      if (parameter.name == spoilt.name) values[values.size() * 2 / 3] = -INFINITY;
      tensors.push_back(Tensor::of<float>(parameter.name, parameter.shape, values));
    }
    auto metadata = metadata_of(model.vocabulary);
    metadata.insert({{"format", "pno.model"}, {"version", "1"}});
    put_fields(config, "model.", metadata);
    ASSERT_TRUE(write_safetensors(path, tensors, metadata).has_value());
    for (const auto precision : {Precision::f32, Precision::bf16, Precision::int8}) {
      const auto engine = Engine::open(path, {.threads = 1, .precision = precision});
      ASSERT_FALSE(engine.has_value()) << spoilt.name << " in " << enum_name(precision);
      EXPECT_THAT(engine.error().message,
                  AllOf(HasSubstr("model.safetensors: tensor '" + spoilt.name + "' holds values")));
    }
  }
}

TEST(Engine, RefusesAFileThatIsNotAModel) {
  const TestFolder folder;
  const auto missing = Engine::open(folder / "none.safetensors");
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(missing.error().message, HasSubstr("none.safetensors"));
}

TEST(Engine, RefusesAModelWithoutAVocabulary) {
  const TestModel model(kConfig);
  EXPECT_THAT(failure(model, {}), AllOf(HasSubstr("model.safetensors: "), HasSubstr("vocabulary."),
                                        HasSubstr("missing")));
}

TEST(Engine, RefusesAVocabularyOutOfRange) {
  const TestModel model(kConfig);
  auto metadata = metadata_of(kTestVocabulary);
  metadata["vocabulary.velocity_bins"] = "-5";
  EXPECT_THAT(failure(model, metadata), HasSubstr("velocity_bins"));
}

TEST(Engine, RefusesAVocabularyOfAnotherSizeThanTheEmbedding) {
  const TestModel model(kConfig);
  EXPECT_THAT(failure(model, metadata_of(events::kPerformance)),
              AllOf(HasSubstr("264 rows"), HasSubstr("390 events")));
}

// A file may claim any context: the tensors of an absolute model do not grow with it.
TEST(Engine, RefusesAContextTooLargeForMemory) {
  auto config = kConfig;
  config.attention = model::Attention::absolute;
  config.context = 262144;
  config.layers = 128;
  config.heads = 1;
  config.attention_width = 2048;
  config.width = config.ff_width = 1;
  const TestModel model(config);
  EXPECT_THAT(failure(model, metadata_of(kTestVocabulary)),
              AllOf(HasSubstr("context of 262144 positions"), HasSubstr("smaller model")));
}

TEST(Engine, RefusesANumberOfThreadsOutOfRange) {
  const TestModel model(kConfig);
  EXPECT_THAT(failure(model, metadata_of(kTestVocabulary), {.threads = -1}),
              HasSubstr("threads is -1"));
  EXPECT_THAT(failure(model, metadata_of(kTestVocabulary), {.threads = 100000}),
              HasSubstr("threads is 100000"));
}

TEST(Engine, RefusesAnUnknownSimdTarget) {
  const TestModel model(kConfig);
  ::setenv("PNO_SIMD", "abacus", 1);
  const auto message = failure(model, metadata_of(kTestVocabulary));
  ::unsetenv("PNO_SIMD");
  EXPECT_THAT(message, AllOf(HasSubstr("PNO_SIMD"), HasSubstr("abacus")));
}

}  // namespace
}  // namespace pno::infer
