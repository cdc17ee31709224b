// Attention weights of a model.

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "api/answer.h"
#include "api/handles.h"
#include "api/pno.h"
#include "infer/attention_reader.h"

using pno::Expected;
using pno::api::answer_bad_call;
using pno::api::answer_ok;
using pno::api::guarded;

struct pno_attention {
  explicit pno_attention(const std::shared_ptr<const pno::infer::Engine>& of)
      : engine(of), reader(of) {}
  std::shared_ptr<const pno::infer::Engine> engine;
  pno::infer::AttentionReader reader;
  std::vector<float> weights;  // as last asked for
};

int32_t pno_model_layers(const pno_model* model) {
  return model == nullptr ? 0 : model->engine->config().layers;
}

int32_t pno_model_heads(const pno_model* model) {
  return model == nullptr ? 0 : model->engine->config().heads;
}

pno_status pno_attention_open(const pno_model* model, pno_attention** attention, pno_error* error) {
  if (model == nullptr || attention == nullptr) {
    return answer_bad_call(error, "model or attention is null");
  }
  return guarded(error, [&]() -> Expected<void> {
    *attention = new pno_attention(model->engine);
    return {};
  });
}

void pno_attention_close(pno_attention* attention) {
  delete attention;
}

pno_status pno_attention_read(pno_attention* attention, const pno_token* tokens, size_t count,
                              pno_error* error) {
  if (attention == nullptr || tokens == nullptr || count == 0) {
    return answer_bad_call(error, "attention or tokens is null, or count is 0");
  }
  const std::span all(tokens, count);
  const int size = attention->engine->vocabulary().inputs();
  if (std::any_of(all.begin(), all.end(), [&](pno_token token) { return token >= size; })) {
    return answer_bad_call(error, "a token is outside the model's vocabulary");
  }
  return guarded(error, [&]() -> Expected<void> {
    attention->reader.read(all);
    return {};
  });
}

pno_status pno_attention_weights(pno_attention* attention, int32_t layer, int32_t head,
                                 const float** weights, size_t* count, pno_error* error) {
  if (attention == nullptr || weights == nullptr || count == nullptr) {
    return answer_bad_call(error, "attention, weights or count is null");
  }
  auto& reader = attention->reader;
  if (reader.positions() == 0) {
    return answer_bad_call(error, "no token was read; call pno_attention_read first");
  }
  if (layer < 0 || layer > reader.layers() || head < 0 || head > reader.heads()) {
    return answer_bad_call(error, "layer and head are counted from 1; 0 is all of them");
  }
  return guarded(error, [&]() -> Expected<void> {
    attention->weights = reader.mean_weights({.layer = layer, .head = head});
    *weights = attention->weights.data();
    *count = attention->weights.size();
    return {};
  });
}
