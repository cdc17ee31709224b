#pragma once

// Softmax and cross-entropy of rows of logits, with their gradient in place, in SIMD, on one
// thread.

#include <cstdint>

namespace pno::train {

struct LossSums {
  double nll = 0;        // nats, of the targets
  double objective = 0;  // with label smoothing
};

// For each row z of `logits` [rows, columns]:
//   log p = z + bias - log sum exp(z + bias)
//   nll = -log p[target];  objective = (1 - smoothing) nll - smoothing · mean(log p)
// z becomes the objective's gradient, p - (1 - smoothing) [target] - smoothing / columns, and is
// added to bias_gradient [columns]; with `want_gradient` off, z is left as anything.
struct LossOptions {
  double smoothing = 0;
  bool want_gradient = true;
};
LossSums softmax_loss(float* logits, const float* bias, const std::int64_t* targets,
                      float* bias_gradient, const LossOptions& options, std::int64_t rows,
                      std::int64_t columns);

}  // namespace pno::train
