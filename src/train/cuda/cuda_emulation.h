#pragma once

// The functions of cuda_instructions.cuh on the CPU, to test the CUDA kernels without a GPU. Every
// thread of a block is a fiber. The lanes of a warp meet in each collective instruction, the warps
// of a block in each barrier. Behaviour that a GPU leaves undefined changes the result:
//
// - shared memory is filled with NaN first, and has exactly the requested size;
// - the order in which warps run can be set (`Order`): if a barrier is missing, some order gives
//   another result;
// - an asynchronous copy happens at once, or only when the thread waits for it (`late_copies`).
//
// Blocks run one after the other in one thread. Not thread-safe.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "train/cuda/attention_problem.h"

#define PNO_DEVICE inline
#define PNO_UNROLL
#define PNO_UNROLL_BY(count)
#define __global__
#define __launch_bounds__(threads)

namespace pno::train::cuda {

constexpr int kWarpLanes = 32;

struct alignas(2) Bf16 {
  std::uint16_t bits;
};

namespace emulation {

enum class Order { ascending, descending, shuffled };

// Settings of all kernels that are launched later.
struct Settings {
  Order order = Order::ascending;  // of blocks and warps
  bool late_copies = false;
  std::uint64_t seed = 1;  // of Order::shuffled
};
Settings& settings();

int thread_index();
int block_index();
unsigned char* shared_memory();
void sync_block();

// Each lane of a warp passes its operands of one instruction. The last lane to arrive executes it
// for all.
using Instruction = void (*)(void* const (&operands)[kWarpLanes]);
void meet(Instruction instruction, void* operands);

void copy_async(void* shared, const void* global, bool exists);
void wait_for_copies();

void run(const std::function<void()>& kernel, long long blocks, int threads, int shared_bytes);

}  // namespace emulation

using emulation::block_index;
using emulation::copy_async;
using emulation::shared_memory;
using emulation::sync_block;
using emulation::thread_index;
using emulation::wait_for_copies;

void sync_warp();
float shuffle(float value, int from_lane);
float shuffle_xor(float value, int mask);

inline float exp2_of(float x) {
  return std::exp2(x);
}
inline float log2_of(float x) {
  return std::log2(x);
}

std::uint32_t pack_bf16(float low, float high);
float to_float(Bf16 x);
inline float to_float(float x) {
  return x;
}

void load_matrices(std::uint32_t (&r)[4], const Bf16* row);
void load_matrices_transposed(std::uint32_t (&r)[4], const Bf16* row);
void multiply_add(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]);

inline void add_atomically(float* sum, float value) {
  *sum += value;
}

template <class Parameters>
const char* launch(void (*kernel)(Parameters), long long blocks, int threads, int shared_bytes,
                   void* /*stream*/, const Parameters& parameters) {
  emulation::run([&] { kernel(parameters); }, blocks, threads, shared_bytes);
  return nullptr;
}
const char* fill_zeros(void* memory, std::size_t bytes, void* stream);

// The limits of an H100.
inline bool read_limits(DeviceLimits& limits) {
  limits = {9, 0, 227 << 10};
  return true;
}

}  // namespace pno::train::cuda
