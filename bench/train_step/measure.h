#pragma once

// Times a training step and a matrix product in the calling process. The header does not show
// LibTorch.

#include <array>
#include <optional>

#include "train/trainer.h"
#include "train_step/shapes.h"

namespace pno::bench {

enum class BaselineAttention {
  relative,  // the attention of the model, materialised
  fused,     // LibTorch's scaled_dot_product_attention, which has no relative positions
};

struct MeasureOptions {
  train::Device device = train::Device::cpu;
  int threads = 0;                                           // 0: one for each core
  train::Precision precision = train::Precision::automatic;  // as in pno train
  double seconds = 8;                                        // minimum measured time
  int steps = 3;                                             // minimum number of timed steps
};

struct StepFigures {
  double seconds = 0;                                  // median of a step
  int steps = 0;                                       // timed
  train::Precision precision = train::Precision::f32;  // `automatic` resolved
  double nll = 0;          // of the first step, nats per token: equal for equal models
  double peak_mb = 0;      // of the process; on CUDA of the tensors on the device
  double page_faults = 0;  // of the process per timed step, on average
};

// Floating-point operations per second of LibTorch's product of two large square matrices, in the
// type that a step in this precision multiplies in: float32 on a CPU.
Expected<double> matrix_flops_per_s(const MeasureOptions& options, train::Precision precision);

// A step of this project's trainer, or of a baseline.
Expected<StepFigures> measure_step(const Shape& shape, std::optional<BaselineAttention> baseline,
                                   const MeasureOptions& options);

}  // namespace pno::bench
