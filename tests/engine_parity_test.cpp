// Compares the engine with the trainer: the same model file gives the same logits in both, token by
// token and all tokens at once.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/file.h"
#include "base/random.h"
#include "events/encode.h"
#include "infer/session.h"
#include "midi/smf_reader.h"
#include "model/reference.h"
#include "train/step/music_transformer.h"

namespace pno {
namespace {

constexpr double kLogitError = 1e-4;  // float32 with another order of summation
constexpr std::size_t kLength = 150;

class EngineParity : public testing::TestWithParam<model::Attention> {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / fmt::format("pno-parity-{}.safetensors", ::getpid());
};

double largest_difference(std::span<const float> a, std::span<const float> b) {
  double largest = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    largest = std::max(largest, std::abs(double{a[i]} - double{b[i]}));
  }
  return largest;
}

// Sets the weights. Biases are not 0 and norms not 1 as in a new model, so that none can be
// ignored.
void fill(const train::MusicTransformer& model, const model::reference::Weights& weights) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, values] : weights) {
    const auto& parameter = model.parameter(name);
    parameter.copy_(torch::tensor(values, torch::kDouble).view(parameter.sizes()));
  }
}

// Writes a model with random weights to `path`, and returns the trainer's logits of `tokens`, [T,
// V].
std::vector<float> write_model_and_get_logits(const std::filesystem::path& path,
                                              const model::ModelConfig& config,
                                              const events::Vocabulary& vocabulary,
                                              const std::vector<events::Token>& tokens) {
  const train::MusicTransformer trained(config, vocabulary.inputs(), torch::kCPU);
  fill(trained, model::reference::random_weights(config, vocabulary.inputs(), 1));
  TextFields metadata;
  put_fields(vocabulary, "vocabulary.", metadata);
  const auto values = trained.values();
  EXPECT_TRUE(model::write_model(path, config, trained.file_tensors(values), metadata));

  const std::vector<std::int64_t> ids(tokens.begin(), tokens.end());
  const torch::NoGradGuard no_grad;
  const auto logits =
      trained.logits(trained.hidden({.tokens = torch::tensor(ids).unsqueeze(0)})).contiguous();
  const auto* first = logits.data_ptr<float>();
  return {first, first + logits.numel()};
}

TEST_P(EngineParity, LogitsAreEqualTokenByTokenAndAllAtOnce) {
  const model::ModelConfig config{.layers = 3,
                                  .heads = 4,
                                  .width = 48,
                                  .attention_width = 64,
                                  .ff_width = 96,
                                  .context = kLength,
                                  .max_distance = 100,
                                  .block = 40,
                                  .attention = GetParam()};
  const auto vocabulary = events::kPerformance;
  RandomStream random(1, 0);
  std::vector<events::Token> tokens(kLength);
  for (auto& token : tokens) {
    token =
        static_cast<events::Token>(random.below(static_cast<std::uint64_t>(vocabulary.inputs())));
  }
  const auto wanted = write_model_and_get_logits(path_, config, vocabulary, tokens);
  const std::span<const float> expected(wanted);

  const auto engine = infer::Engine::open(path_);
  ASSERT_TRUE(engine) << engine.error().message;
  infer::Session at_once(*engine), stepwise(*engine);
  EXPECT_LT(largest_difference(at_once.logits_of(tokens), expected), kLogitError);
  const auto V = static_cast<std::size_t>(vocabulary.outputs());
  for (std::size_t i = 0; i < kLength; ++i) {
    ASSERT_LT(largest_difference(stepwise.step(tokens[i]), expected.subspan(i * V, V)), kLogitError)
        << "token " << i;
  }
}

// The shape of the preset `paper` and its full context, on the events of a recorded performance.
class EngineParityOfAPerformance : public EngineParity {};

std::vector<events::Token> performance(std::size_t length) {
  const auto file = MappedFile::open(std::filesystem::path(PNO_SOURCE_DIR) /
                                     "data/mini/Prokofiev/Toccata/Fab13.mid");
  EXPECT_TRUE(file.has_value());
  const auto smf = midi::read_smf(file->bytes());
  EXPECT_TRUE(smf.has_value());
  auto tokens = events::encode(events::plain_notes(smf->performance), events::kPerformance);
  EXPECT_GE(tokens.size(), length);
  tokens.resize(length);
  return tokens;
}

TEST_P(EngineParityOfAPerformance, EveryLogitIsEqual) {
  const model::ModelConfig config{.layers = 6,
                                  .heads = 8,
                                  .width = 256,
                                  .attention_width = 512,
                                  .ff_width = 2048,
                                  .context = 2048,
                                  .max_distance = 1024,
                                  .block = 512,
                                  .attention = GetParam()};
  const auto vocabulary = events::kPerformance;
  const auto V = static_cast<std::size_t>(vocabulary.outputs());
  const auto tokens = performance(static_cast<std::size_t>(config.context));
  const auto wanted = write_model_and_get_logits(path_, config, vocabulary, tokens);
  const std::span<const float> expected(wanted);

  const auto engine = infer::Engine::open(path_);
  ASSERT_TRUE(engine) << engine.error().message;
  infer::Session at_once(*engine), stepwise(*engine);
  const double of_all = largest_difference(at_once.logits_of(tokens), expected);
  double of_steps = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    of_steps = std::max(of_steps,
                        largest_difference(stepwise.step(tokens[i]), expected.subspan(i * V, V)));
  }
  RecordProperty("all_at_once", fmt::format("{:.2g}", of_all));
  RecordProperty("token_by_token", fmt::format("{:.2g}", of_steps));
  EXPECT_LT(of_all, kLogitError);
  EXPECT_LT(of_steps, kLogitError);
}

INSTANTIATE_TEST_SUITE_P(SlowKinds, EngineParityOfAPerformance,
                         testing::Values(model::Attention::absolute, model::Attention::relative,
                                         model::Attention::relative_local, model::Attention::shaw),
                         [](const auto& kind) { return std::string(enum_name(kind.param)); });

INSTANTIATE_TEST_SUITE_P(Kinds, EngineParity,
                         testing::Values(model::Attention::absolute, model::Attention::relative,
                                         model::Attention::relative_local, model::Attention::shaw),
                         [](const auto& kind) { return std::string(enum_name(kind.param)); });

}  // namespace
}  // namespace pno
