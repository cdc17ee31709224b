#pragma once

// Softmax and cross-entropy of rows of logits, with their gradient in place, in SIMD, on one
// thread. Does not allocate. Does not throw.

#include <cstdint>

namespace pno::train {

// Sums over rows, in nats.
struct LossSums {
  double nll = 0;        // negative log-likelihood of the targets
  double objective = 0;  // cross-entropy with label smoothing
};

// For each row z of `logits` [rows, columns]:
//   log p = z + bias - log sum exp(z + bias)
//   nll = -log p[target];  objective = (1 - smoothing) nll - smoothing · mean(log p)
// Replaces z by the gradient of the objective, p - (1 - smoothing) [target] - smoothing / columns,
// and adds it to bias_gradient [columns]. If want_gradient is false, the values left in z are
// unspecified and bias_gradient is not used.
struct LossOptions {
  double smoothing = 0;
  bool want_gradient = true;
};
LossSums softmax_loss(float* logits, const float* bias, const std::int64_t* targets,
                      float* bias_gradient, const LossOptions& options, std::int64_t rows,
                      std::int64_t columns);

}  // namespace pno::train
