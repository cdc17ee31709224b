#pragma once

// What a run computes on: device, threads, heap.

#include <torch/torch.h>

#include <string>

#include "base/error.h"
#include "base/fields.h"
#include "train/ranks/ranks.h"
#include "train/train_options.h"

namespace pno::train {

struct Machine {
  torch::Device device = torch::kCPU;
  std::string description;  // "cpu, 2 threads, OpenBLAS"
};

// Sets the threads of LibTorch and of its BLAS for the whole process (0: one for each core, or this
// rank's share of them). On GPUs each rank of a machine has one of its own. Fails where CUDA was
// asked for and is not there.
Expected<Machine> prepare_machine(Device device, int threads, const Ranks& ranks = {});

double peak_rss_mb();

// machine.device, machine.cpu and machine.memory, for the model file; never whose machine it is.
TextFields describe(const Machine& machine);

}  // namespace pno::train
