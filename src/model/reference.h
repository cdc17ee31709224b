#pragma once

// The definition of the maths: plain loops in double precision, to be read beside the papers. The
// trainer and the engine are tested against it.
//
//   Vaswani et al. 2017, "Attention Is All You Need", arXiv 1706.03762
//   Shaw et al. 2018, "Self-Attention with Relative Position Representations", arXiv 1803.02155
//   Huang et al. 2018, "Music Transformer", arXiv 1809.04281
//
// T time, V outputs, D head width, R max_distance

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "model/config.h"
#include "model/vocabulary_size.h"

namespace pno::model::reference {

using Weights = std::map<std::string, std::vector<double>, std::less<>>;  // by parameter name
using Gradients = Weights;

// Roles and targets of the tokens of an example. A model without roles has neither.
struct TokenMarks {
  std::span<const std::uint8_t> roles = {};    // [T], 0 … 3; empty: all 0, played
  std::span<const std::uint8_t> targets = {};  // [T], 1 if the loss counts it; empty: all
};

// Logits [T, V] of the tokens [T], T <= config.context.
std::vector<double> forward(const ModelConfig& config, const VocabularySize& vocabulary,
                            const Weights& weights, std::span<const std::uint16_t> tokens,
                            std::span<const std::uint8_t> roles = {});

// Mean cross-entropy in nats of predicting the targets among tokens[1..] from tokens[..T-1];
// 2 <= T <= context + 1. Targets are below V; there is at least one.
double loss(const ModelConfig& config, const VocabularySize& vocabulary, const Weights& weights,
            std::span<const std::uint16_t> tokens, const TokenMarks& marks = {});

// The gradient of that loss with respect to every weight, without dropout.
Gradients backward(const ModelConfig& config, const VocabularySize& vocabulary,
                   const Weights& weights, std::span<const std::uint16_t> tokens,
                   const TokenMarks& marks = {});

// The inputs of attention for one head.
struct Head {
  std::span<const double> q, k, v;          // [T, D]
  std::span<const double> relative_keys;    // [R, D]; empty for absolute
  std::span<const double> relative_values;  // [R, D]; empty except for shaw
  // [T, T], factors on the attention weights: 0 or 1 / (1 - p) for dropout. Empty: all 1.
  std::span<const double> weight_factors = {};
};

// [T, D]
std::vector<double> attend(const ModelConfig& config, const Head& head);

struct HeadGradients {
  std::vector<double> q, k, v, relative_keys, relative_values;  // shapes as in Head
};

// The gradients of sum(output · output_gradient), both [T, D].
HeadGradients attend_backward(const ModelConfig& config, const Head& head,
                              std::span<const double> output_gradient);

// Weights for tests: initialised as in model/parameters.h, but with biases and norms moved away
// from 0 and 1, so that a test fails if one is not used.
Weights random_weights(const ModelConfig& config, const VocabularySize& vocabulary,
                       std::uint64_t seed);

}  // namespace pno::model::reference
