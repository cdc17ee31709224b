#pragma once

// The device, the threads and the heap of a run.

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

// Sets the number of threads of LibTorch and of its BLAS for the process (0: one for each core, or
// this rank's share of them). Each rank of a machine uses another GPU. Returns an error if CUDA was
// asked for and is missing.
Expected<Machine> prepare_machine(Device device, int threads, const Ranks& ranks = {});

double peak_rss_mb();

// machine.device, machine.cpu and machine.memory, for the model file. Not the machine's name.
TextFields describe(const Machine& machine);

}  // namespace pno::train
