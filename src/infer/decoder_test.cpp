#include "infer/decoder.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "infer/test_models.h"

namespace pno::infer {
namespace {

// A decoder over float32 weights of a small model, with the file that holds them.
class DecoderTest : public testing::Test {
 protected:
  void SetUp() override {
    model_.write(folder_ / "model.safetensors");
    auto file = model::ModelFile::open(folder_ / "model.safetensors");
    ASSERT_TRUE(file.has_value()) << file.error().message;
    file_.emplace(std::move(*file));
    weights_.emplace(*file_, Weights::Storage::file, Precision::f32, /*threads=*/1);
    decoder_.emplace(model_.config, *weights_, /*threads=*/1);
  }

  // Reads one sequence; returns the logits [N, V].
  std::vector<float> read(KvCache& cache, std::span<const events::Token> tokens) {
    std::vector<float> logits(tokens.size() * V_);
    const std::array sequence = {TokenSequence{&cache, tokens}};
    decoder_->read(sequence, Decoder::Logits::all, logits.data());
    return logits;
  }

  TestModel model_{kTestConfig};
  std::size_t V_ = static_cast<std::size_t>(kTestVocabulary.outputs());
  std::vector<events::Token> tokens_ = random_tokens(20, 1, kTestVocabulary);
  TestFolder folder_;
  std::optional<model::ModelFile> file_;
  std::optional<Weights> weights_;
  std::optional<Decoder> decoder_;
};

TEST_F(DecoderTest, LogitsEqualTheReference) {
  KvCache cache = decoder_->new_cache();
  const auto logits = read(cache, tokens_);
  const auto expected = model_.reference(tokens_);
  ASSERT_EQ(logits.size(), expected.size());
  for (std::size_t i = 0; i < logits.size(); ++i) ASSERT_NEAR(logits[i], expected[i], 1e-5) << i;
  EXPECT_EQ(cache.position(), 20);
}

TEST_F(DecoderTest, LastAndNoLogitsReadTheSameTokens) {
  KvCache all = decoder_->new_cache(), last = decoder_->new_cache(), none = decoder_->new_cache();
  const auto first = std::span(tokens_).first(10), rest = std::span(tokens_).subspan(10);
  const auto expected = read(all, first);
  std::vector<float> logits(V_);
  const std::array to_last = {TokenSequence{&last, first}}, to_none = {TokenSequence{&none, first}};
  decoder_->read(to_last, Decoder::Logits::last, logits.data());
  decoder_->read(to_none, Decoder::Logits::none, /*logits=*/nullptr);
  for (std::size_t v = 0; v < V_; ++v) ASSERT_NEAR(logits[v], expected[9 * V_ + v], 1e-5);
  const auto continued = read(all, rest);
  EXPECT_EQ(read(last, rest), continued);
  EXPECT_EQ(read(none, rest), continued);
}

// Sequences at different positions.
TEST_F(DecoderTest, BatchGivesTheBytesOfEachSequenceAlone) {
  constexpr std::size_t kSequences = 3;
  std::vector<KvCache> together, alone;
  std::vector<TokenSequence> batch;
  for (std::size_t n = 0; n < kSequences; ++n) {
    const auto prime = std::span(tokens_).first(1 + 4 * n);
    read(together.emplace_back(decoder_->new_cache()), prime);
    read(alone.emplace_back(decoder_->new_cache()), prime);
  }
  for (std::size_t n = 0; n < kSequences; ++n) {
    batch.push_back({&together[n], std::span(tokens_).subspan(n, 1)});
  }
  std::vector<float> logits(kSequences * V_), expected;
  decoder_->read(batch, Decoder::Logits::all, logits.data());
  for (std::size_t n = 0; n < kSequences; ++n) {
    const auto row = read(alone[n], std::span(tokens_).subspan(n, 1));
    expected.insert(expected.end(), row.begin(), row.end());
    EXPECT_EQ(together[n].position(), alone[n].position());
  }
  EXPECT_EQ(logits, expected);
}

using DecoderDeathTest = DecoderTest;

TEST_F(DecoderDeathTest, RefusesMoreTokensThanABlock) {
  KvCache cache = decoder_->new_cache();
  const auto tokens = random_tokens(Decoder::kBlock + 1, 2, kTestVocabulary);
  EXPECT_DEATH(read(cache, tokens), "kBlock");
}

}  // namespace
}  // namespace pno::infer
