#pragma once

// Small models with random weights, for tests: as a file, in the engine and in the reference.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "events/stored_vocabulary.h"
#include "infer/engine.h"
#include "model/model_file.h"
#include "model/parameters.h"
#include "model/reference.h"

namespace pno::infer {

// 264 events: 2 · 128 notes, 4 shifts, 2 velocities, BOS and EOS.
inline constexpr events::Vocabulary kTestVocabulary{
    .steps_per_second = 100, .max_shift_steps = 4, .velocity_bins = 2};

inline constexpr model::ModelConfig kTestConfig{.layers = 2,
                                                .heads = 2,
                                                .width = 16,
                                                .attention_width = 16,
                                                .ff_width = 16,
                                                .context = 32,
                                                .max_distance = 32};

// Large enough that threads share products and heads.
inline constexpr model::ModelConfig kThreadedTestConfig{.layers = 2,
                                                        .heads = 4,
                                                        .width = 200,
                                                        .attention_width = 256,
                                                        .ff_width = 500,
                                                        .context = 300,
                                                        .max_distance = 200};

// A new folder, deleted at the end of its scope.
class TestFolder {
 public:
  TestFolder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            fmt::format("pno-infer-test-{}-{}", ::getpid(), count++);
    std::filesystem::create_directories(path_);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() { std::filesystem::remove_all(path_); }

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// The same events with roles and one composer beside "other": 265 outputs, 320 inputs.
inline events::StoredVocabulary test_vocabulary_with_roles() {
  return *events::with_roles(kTestVocabulary, {"Chopin"});
}

inline model::VocabularySize size_of(const events::Vocabulary& vocabulary) {
  return {vocabulary.inputs(), vocabulary.outputs()};
}

inline std::vector<events::Token> random_tokens(std::size_t size, std::uint64_t seed,
                                                const events::Vocabulary& vocabulary) {
  RandomStream random(seed, 1);
  std::vector<events::Token> tokens(size);
  for (auto& token : tokens) {
    token =
        static_cast<events::Token>(random.below(static_cast<std::uint64_t>(vocabulary.inputs())));
  }
  return tokens;
}

struct TestModel {
  model::ModelConfig config;
  events::Vocabulary vocabulary = kTestVocabulary;
  std::vector<std::string> composers;  // with roles
  model::reference::Weights weights;   // as the file holds them, rounded to float

  explicit TestModel(const model::ModelConfig& of, const events::Vocabulary& with = kTestVocabulary)
      : TestModel(of, events::StoredVocabulary{with}) {}
  TestModel(const model::ModelConfig& of, const events::StoredVocabulary& with)
      : config(of),
        vocabulary(with.ids),
        composers(with.composers),
        weights(model::reference::random_weights(config, size_of(vocabulary), 1)) {
    for (auto& [name, values] : weights) {
      for (double& value : values) value = static_cast<float>(value);
    }
  }

  void write(const std::filesystem::path& path) const {
    std::vector<std::vector<float>> storage;
    std::vector<Tensor> tensors;
    for (const auto& parameter : model::parameters(config, size_of(vocabulary))) {
      const auto& values = weights.find(parameter.name)->second;
      storage.emplace_back(values.begin(), values.end());
      tensors.push_back(Tensor::of<float>(parameter.name, parameter.shape, storage.back()));
    }
    TextFields metadata;
    events::put_vocabulary({vocabulary, composers}, metadata);
    const auto written = model::write_model(path, config, tensors, metadata);
    ASSERT_TRUE(written.has_value()) << written.error().message;
  }

  std::shared_ptr<const Engine> engine(const EngineOptions& options = {.threads = 1}) const {
    const TestFolder folder;
    write(folder / "model.safetensors");
    auto engine = Engine::open(folder / "model.safetensors", options);
    EXPECT_TRUE(engine.has_value()) << engine.error().message;
    return engine ? *engine : nullptr;
  }

  // [T, V]; `roles` empty: all played.
  std::vector<double> reference(std::span<const events::Token> tokens,
                                std::span<const std::uint8_t> roles = {}) const {
    return model::reference::forward(config, size_of(vocabulary), weights, tokens, roles);
  }
};

}  // namespace pno::infer
