// pno_attention_… as a program in C uses it.

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "api/pno.h"
#include "infer/attention_reader.h"
#include "infer/test_models.h"

namespace pno::infer {
namespace {

class ApiAttention : public testing::Test {
 protected:
  ApiAttention() {
    of_.write(folder_ / "model.safetensors");
    EXPECT_EQ(pno_model_open((folder_ / "model.safetensors").c_str(), nullptr, &model_, &error_),
              PNO_OK)
        << error_.message;
    EXPECT_EQ(pno_attention_open(model_, &attention_, &error_), PNO_OK) << error_.message;
  }
  ~ApiAttention() override {
    pno_attention_close(attention_);
    pno_model_close(model_);
  }

  pno_status read(const std::vector<pno_token>& tokens) {
    return pno_attention_read(attention_, tokens.data(), tokens.size(), &error_);
  }
  std::vector<float> weights(int layer, int head) {
    const float* first = nullptr;
    size_t count = 0;
    EXPECT_EQ(pno_attention_weights(attention_, layer, head, &first, &count, &error_), PNO_OK)
        << error_.message;
    return {first, first + count};
  }

  TestModel of_{kTestConfig};
  TestFolder folder_;
  pno_model* model_ = nullptr;
  pno_attention* attention_ = nullptr;
  pno_error error_{};
};

TEST_F(ApiAttention, GivesTheWeightsOfTheEngine) {
  EXPECT_EQ(pno_model_layers(model_), 2);
  EXPECT_EQ(pno_model_heads(model_), 2);
  const auto tokens = random_tokens(20, 1, kTestVocabulary);
  ASSERT_EQ(read(tokens), PNO_OK) << error_.message;
  AttentionReader reader(of_.engine({.threads = 1, .precision = Precision::automatic}));
  reader.read(tokens);
  EXPECT_EQ(weights(2, 1), reader.mean_weights({.layer = 2, .head = 1}));
  const auto all = weights(0, 0);
  EXPECT_EQ(all, reader.mean_weights());
  EXPECT_NEAR(std::accumulate(all.begin(), all.end(), 0.0), 1.0, 1e-5);
}

TEST_F(ApiAttention, WrongCallsAreRefused) {
  const float* first = nullptr;
  size_t count = 0;
  EXPECT_EQ(pno_attention_weights(attention_, 0, 0, &first, &count, &error_), PNO_BAD_CALL);
  EXPECT_EQ(std::string(error_.message), "no token was read; call pno_attention_read first");
  EXPECT_EQ(read({60, 9999}), PNO_BAD_CALL);
  EXPECT_EQ(read({}), PNO_BAD_CALL);
  ASSERT_EQ(read({60}), PNO_OK);
  for (const auto& [layer, head] : {std::pair(3, 0), std::pair(0, 3), std::pair(-1, 0)}) {
    EXPECT_EQ(pno_attention_weights(attention_, layer, head, &first, &count, &error_),
              PNO_BAD_CALL);
  }
  EXPECT_EQ(pno_attention_open(nullptr, &attention_, &error_), PNO_BAD_CALL);
  EXPECT_EQ(pno_model_layers(nullptr), 0);
}

}  // namespace
}  // namespace pno::infer
