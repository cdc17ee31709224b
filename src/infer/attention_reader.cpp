#include "infer/attention_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "base/error.h"
#include "infer/attention.h"
#include "infer/attention_steps.h"
#include "infer/engine_parts.h"
#include "infer/kernels/vector_ops.h"
#include "infer/row_product.h"

namespace pno::infer {

using events::Token;

namespace {

std::size_t as_count(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

std::size_t common_prefix(std::span<const Token> a, std::span<const Token> b) {
  const auto [end, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return as_count(end - a.begin());
}

void add_to(std::vector<float>& x, const std::vector<float>& y) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
}

}  // namespace

AttentionReader::AttentionReader(std::shared_ptr<const Engine> engine, int threads)
    : engine_(std::move(engine)),
      decoder_(engine_->config(), *engine_->parts_->weights,
               threads > 0 ? threads : engine_->threads()),
      cache_(decoder_.new_cache()),
      scratch_(engine_->config(), engine_->precision()),
      x_(as_count(engine_->config().width)),
      normal_(as_count(engine_->config().width)),
      qkv_(3 * as_count(engine_->config().attention_width)),
      attended_(as_count(engine_->config().attention_width)),
      hidden_(as_count(engine_->config().ff_width)) {}

int AttentionReader::layers() const {
  return engine_->config().layers;
}

int AttentionReader::heads() const {
  return engine_->config().heads;
}

float* AttentionReader::row(int layer, int head) {
  return weights_.data() + (as_count(layer) * as_count(heads()) + as_count(head)) * window_.size();
}

std::span<const float> AttentionReader::weights(int layer, int head) const {
  PNO_CHECK(layer >= 0 && layer < layers() && head >= 0 && head < heads(),
            "a head that the model does not have");
  const std::size_t P = positions();
  return std::span(weights_).subspan((as_count(layer) * as_count(heads()) + as_count(head)) * P, P);
}

std::vector<float> AttentionReader::mean_weights(const HeadChoice& of) const {
  std::vector<float> mean(positions());
  int count = 0;
  for (int layer = 0; layer < layers(); ++layer) {
    if (of.layer > 0 && layer != of.layer - 1) continue;
    for (int head = 0; head < heads(); ++head) {
      if (of.head > 0 && head != of.head - 1) continue;
      const auto of_head = weights(layer, head);
      for (std::size_t p = 0; p < mean.size(); ++p) mean[p] += of_head[p];
      ++count;
    }
  }
  PNO_CHECK(count > 0, "a head that the model does not have");
  for (float& weight : mean) weight /= static_cast<float>(count);
  return mean;
}

void AttentionReader::read(std::span<const Token> tokens) {
  PNO_CHECK(!tokens.empty(), "no tokens to read");
  const auto inputs = engine_->vocabulary().inputs();
  PNO_CHECK(std::all_of(tokens.begin(), tokens.end(), [&](Token token) { return token < inputs; }),
            "a token is outside the vocabulary");
  const auto window = tokens.last(std::min(tokens.size(), as_count(engine_->config().context)));
  // The keys and values of the last token may be in the cache, too: it is observed in any case.
  std::size_t known = common_prefix(window_, window);
  cache_.rewind(static_cast<std::int64_t>(known));
  window_.assign(window.begin(), window.end());
  while (known < window.size()) {
    const auto size = std::min(window.size() - known, as_count(Decoder::kBlock));
    const std::array sequence = {TokenSequence{&cache_, window.subspan(known, size)}};
    decoder_.read(sequence, Decoder::Logits::none, /*logits=*/nullptr);
    known += size;
  }
  weights_.assign(as_count(layers()) * as_count(heads()) * window.size(), 0.0F);
  observe(window.back(), static_cast<std::int64_t>(window.size()) - 1);
}

// The row of `token` through all layers, as Decoder::read(); its keys and values are in the cache.
void AttentionReader::observe(Token token, std::int64_t position) {
  const auto& config = engine_->config();
  const auto& weights = *engine_->parts_->weights;
  const auto C = x_.size();
  // reference: x = std::sqrt(C) * embedding[token] (+ sinusoid(t, c, C))
  std::copy_n(weights.embedding + token * C, C, x_.begin());
  scale(std::sqrt(static_cast<float>(C)), x_.data(), C);
  for (std::size_t channel = 0; config.has_sinusoids() && channel < C; ++channel) {
    const double pair = static_cast<double>(channel - channel % 2);
    const double angle =
        static_cast<double>(position) * std::pow(10000.0, -pair / static_cast<double>(C));
    x_[channel] += static_cast<float>(channel % 2 == 0 ? std::sin(angle) : std::cos(angle));
  }
  const auto normalise = [&](const Norm& norm) {
    layer_norm(x_.data(), norm.weight, norm.bias, normal_.data(), C);
  };
  const auto multiply = [&](const Linear& linear, const std::vector<float>& x,
                            std::vector<float>& out) {
    multiply_row(linear, weights.precision, x, out);
  };
  for (int layer = 0; layer < layers(); ++layer) {
    const LayerWeights& of_layer = weights.layers[as_count(layer)];
    // reference: x += attention_out · attention(attention_norm(x))
    normalise(of_layer.attention_norm);
    multiply(of_layer.qkv, normal_, qkv_);
    attend_heads(layer, position);
    multiply(of_layer.attention_out, attended_, normal_);
    add_to(x_, normal_);
    // reference: x += ff_out · activation(ff_in · ff_norm(x))
    normalise(of_layer.ff_norm);
    multiply(of_layer.ff_in, normal_, hidden_);
    const auto activation = config.activation == model::Activation::gelu ? gelu : relu;
    activation(hidden_.data(), hidden_.size());
    multiply(of_layer.ff_out, hidden_, normal_);
    add_to(x_, normal_);
  }
}

// Attention of all heads; attend() leaves the attention weights in the scratch.
void AttentionReader::attend_heads(int layer, std::int64_t position) {
  const auto& config = engine_->config();
  const LayerWeights& weights = engine_->parts_->weights->layers[as_count(layer)];
  const std::size_t A = attended_.size(), D = as_count(config.head_width());
  scale(1.0F / std::sqrt(static_cast<float>(D)), qkv_.data(), A);
  const auto count = as_count(position - oldest_visible(config, position)) + 1;
  const std::size_t lead = cache_.slots_of(position, count).lead;
  for (int head = 0; head < heads(); ++head) {
    const auto h = as_count(head);
    const auto table = [&](const std::vector<HeadRows>& tables) {
      return tables.empty() ? HeadRows() : tables[h];
    };
    attend({.config = config,
            .cache = cache_,
            .head = {.keys = cache_.keys(layer, head),
                     .values = cache_.values(layer, head),
                     .relative_keys = table(weights.relative_keys),
                     .relative_values = table(weights.relative_values)},
            .first = position,
            .N = 1,
            .queries = {qkv_.data() + h * D, A},
            .out = {attended_.data() + h * D, A}},
           scratch_);
    // By slot, the last position first.
    float* const into = row(layer, head);
    for (std::size_t d = 0; d < count; ++d) {
      into[as_count(position) - d] = scratch_.scores.row(0)[lead + d];
    }
  }
}

}  // namespace pno::infer
