#pragma once

// Softmax and cross-entropy of rows of logits, with their gradient in place, in SIMD, on one
// thread. Does not allocate. Does not throw.

#include <cstddef>
#include <cstdint>

namespace pno::train {

// Sums over rows, in nats.
struct LossSums {
  double nll = 0;          // negative log-likelihood of the targets
  double nll_grammar = 0;  // the same among the allowed outputs only
  double objective = 0;    // what is minimised
};

struct LossWeights {
  double smoothing = 0;  // the part of the target's probability that is spread over the allowed
  double grammar = 1;    // weight of -log p(allowed), more than 0
};

// 64-bit words of a row's set of allowed outputs. Output i is bit i % 64 of word i / 64; the bits
// after the last output are 0.
constexpr std::int64_t allowed_words(std::int64_t columns) {
  return (columns + 63) / 64;
}

struct LossRows {
  std::int64_t rows = 0, columns = 0;
  float* logits = nullptr;                 // [rows, columns], without the bias
  const float* bias = nullptr;             // [columns]
  const std::int64_t* targets = nullptr;   // [rows], each one of the allowed
  const std::uint64_t* allowed = nullptr;  // [rows, allowed_words(columns)]
  float* bias_gradient = nullptr;          // [columns]; null: no gradient is wanted
  double* of_rows = nullptr;  // [rows, 2], set to nll and nll_grammar; null: not wanted
};

// For each row z, after the bias is added; w = weights.grammar, s = weights.smoothing,
// A = the allowed outputs:
//   L = log sum exp(z),  L_A = log sum over A of exp(z)
//   nll         = L - z[target]
//   nll_grammar = L_A - z[target]                         = -log p(target | A)
//   objective   = L_A - (1 - s) z[target] - s mean over A of z + w (L - L_A)
// Without smoothing the objective is nll_grammar + w (-log p(A)), and with w = 1 it is nll.
// Replaces z by the gradient of the objective,
//   w p + (1 - w) p(· | A) - (1 - s) [target] - s / |A| [A]
// and adds it to bias_gradient. If no gradient is wanted, the values left in z are unspecified.
LossSums softmax_loss(const LossRows& rows, const LossWeights& weights);

}  // namespace pno::train
