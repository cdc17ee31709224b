#pragma once

// What a step and a matrix product take, each measured in the process that calls. LibTorch stays
// behind this header.

#include <array>
#include <optional>

#include "train/trainer.h"
#include "train_step/shapes.h"

namespace pno::bench {

enum class BaselineAttention {
  relative,  // the model's own kind, materialised
  fused,     // LibTorch's scaled_dot_product_attention, which has no relative positions
};

struct MeasureOptions {
  train::Device device = train::Device::cpu;
  int threads = 0;                                           // 0: one for each core
  train::Precision precision = train::Precision::automatic;  // as pno train has it
  double seconds = 8;                                        // at least so long …
  int steps = 3;                                             // … and so many steps are timed
};

struct StepFigures {
  double seconds = 0;                                  // median of a step
  int steps = 0;                                       // timed
  train::Precision precision = train::Precision::f32;  // what `automatic` came to
  double nll = 0;          // of the first step, in nats a token: the same model begins the same
  double peak_mb = 0;      // of the process; on CUDA of its tensors there
  double page_faults = 0;  // of the process in a step that was timed, on average
};

// Floating-point operations per second of LibTorch's product of two big square matrices, in the
// numbers that a step in this precision multiplies in: on a CPU float32 in any case.
Expected<double> matrix_flops_per_s(const MeasureOptions& options, train::Precision precision);

// A step of this project's trainer, or of a baseline.
Expected<StepFigures> measure_step(const Shape& shape, std::optional<BaselineAttention> baseline,
                                   const MeasureOptions& options);

}  // namespace pno::bench
