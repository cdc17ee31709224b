#include "train/run/machine.h"

#include <malloc.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "train/kernels/blas.h"

namespace pno::train {
namespace {

// Every step allocates and frees the same large blocks. By default glibc returns blocks of 32 MB
// and more to the kernel each time, and each new use causes page faults: 221,000 in four steps of
// 16 × 1024 tokens of the pno-ai preset, 138,000 with these settings.
void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kTopPadBytes = 64 << 20;
  ::mallopt(M_MMAP_MAX, 0);
  ::mallopt(M_TRIM_THRESHOLD, -1);
  ::mallopt(M_TOP_PAD, kTopPadBytes);
#endif
}

// "AMD EPYC 7B13", from the kernel; empty if it has no name.
std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != line.npos) return line.substr(colon + 2);
  }
  return "";
}

// The GPU of a rank: that of its local rank, unless the launcher shows each rank only one.
Expected<torch::Device> gpu_of(const Ranks& ranks) {
  const int gpus = static_cast<int>(torch::cuda::device_count());
  const int index = gpus == 1 ? 0 : ranks.local_rank();
  if (index >= gpus) {
    return fail("this machine has {} GPUs, one for each process; process {} (from 0) has none",
                gpus, index);
  }
  return torch::Device(torch::kCUDA, static_cast<torch::DeviceIndex>(index));
}

// The cores that this process may run on: a launcher may have bound it to some of the machine's.
int usable_cores() {
  cpu_set_t set{};
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::thread::hardware_concurrency());
}

// ", 4 ranks", or nothing for the only one.
std::string ranks_text(const Ranks& ranks) {
  return ranks.size() == 1 ? "" : fmt::format(", {} ranks", ranks.size());
}

}  // namespace

Expected<Machine> prepare_machine(Device device, int threads, const Ranks& ranks) {
  const bool has_cuda = torch::cuda::is_available();
  if (device == Device::cuda && !has_cuda) {
    return fail("no CUDA device was found; use --device cpu, or a LibTorch and a driver for CUDA");
  }
  keep_freed_memory();
  if (threads <= 0) {
    threads = std::max(1, usable_cores() / ranks.sharing_cores());
  }
  torch::set_num_threads(threads);
  set_blas_threads(threads);
  if (device != Device::cpu && has_cuda) {
    // float32 without TF32, whose mantissa has 10 bits. For speed use bf16: its effect on the loss
    // is measured.
    at::globalContext().setAllowTF32CuBLAS(false);
    PNO_TRY(const auto gpu, gpu_of(ranks));
    return Machine{gpu, "cuda" + ranks_text(ranks)};
  }
  return Machine{torch::kCPU,
                 fmt::format("cpu, {} thread{}, {}{}", threads, threads == 1 ? "" : "s",
                             blas_name(loaded_blas()), ranks_text(ranks))};
}

double peak_rss_mb() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  constexpr double kMbPerKib = 1024.0 / 1e6;
  return static_cast<double>(usage.ru_maxrss) * kMbPerKib;
}

TextFields describe(const Machine& machine) {
  const auto pages = ::sysconf(_SC_PHYS_PAGES), page_bytes = ::sysconf(_SC_PAGESIZE);
  constexpr double kGib = 1 << 30;
  const double memory = static_cast<double>(pages) * static_cast<double>(page_bytes) / kGib;
  return {{"machine.device", machine.description},
          {"machine.cpu", cpu_name()},
          {"machine.memory", fmt::format("{:.0f} GiB", memory)}};
}

}  // namespace pno::train
