#pragma once

// The instructions of a CUDA device that our kernels use, one function each. With
// PNO_CUDA_EMULATION the same functions come from cuda_emulation.h and run on the CPU.
// Semantics and layout of elements in lanes: PTX ISA, "Warp-level matrix instructions".

#include <cstdint>

#include "train/cuda/attention_problem.h"

#if defined(PNO_CUDA_EMULATION)
#include "train/cuda/cuda_emulation.h"
#else

#include <cuda_runtime.h>

#define PNO_DEVICE __device__ __forceinline__
#define PNO_UNROLL _Pragma("unroll")
#define PNO_PRAGMA(text) _Pragma(#text)
#define PNO_UNROLL_BY(count) PNO_PRAGMA(unroll(count))

namespace pno::train::cuda {

constexpr int kWarpLanes = 32;
constexpr unsigned kAllLanes = 0xFFFFFFFFU;

struct alignas(2) Bf16 {
  std::uint16_t bits;
};

PNO_DEVICE int thread_index() {
  return static_cast<int>(threadIdx.x);
}
PNO_DEVICE int block_index() {
  return static_cast<int>(blockIdx.x);
}
PNO_DEVICE unsigned char* shared_memory() {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  return shared_bytes;
}
PNO_DEVICE void sync_block() {
  __syncthreads();
}
PNO_DEVICE void sync_warp() {
  __syncwarp();
}

PNO_DEVICE float shuffle(float value, int from_lane) {
  return __shfl_sync(kAllLanes, value, from_lane);
}
PNO_DEVICE float shuffle_xor(float value, int mask) {
  return __shfl_xor_sync(kAllLanes, value, mask);
}

PNO_DEVICE float exp2_of(float x) {  // error up to 2 units in the last place; -inf gives 0
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
PNO_DEVICE float log2_of(float x) {
  return __log2f(x);
}

// Rounds two floats to the nearest bf16; `low` is in the low half.
PNO_DEVICE std::uint32_t pack_bf16(float low, float high) {
  std::uint32_t bits;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
  return bits;
}
PNO_DEVICE float to_float(Bf16 x) {
  return __uint_as_float(static_cast<std::uint32_t>(x.bits) << 16);
}
PNO_DEVICE float to_float(float x) {
  return x;
}

PNO_DEVICE unsigned shared_address(const void* pointer) {
  return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

// Loads four 8×8 matrices of 16-bit elements from shared memory: lane 8m + r passes the address of
// row r of matrix m, 16 bytes; r[m] of lane 4g + t becomes elements 2t and 2t + 1 of row g of
// matrix m.
PNO_DEVICE void load_matrices(std::uint32_t (&r)[4], const Bf16* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
// The same with each matrix transposed: elements 2t and 2t + 1 of column g.
PNO_DEVICE void load_matrices_transposed(std::uint32_t (&r)[4], const Bf16* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}

// c [16, 8] += a [16, 16] · b [16, 8] on the tensor cores.
PNO_DEVICE void multiply_add(float (&c)[4], const std::uint32_t (&a)[4],
                             const std::uint32_t (&b)[2]) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// Copies 16 bytes from global to shared memory, or zeros if `exists` is false. They are visible to
// this thread after wait_for_copies(), and to the block after the next barrier.
PNO_DEVICE void copy_async(void* shared, const void* global, bool exists) {
  const int size_bytes = exists ? 16 : 0;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
               :
               : "r"(shared_address(shared)), "l"(global), "r"(size_bytes)
               : "memory");
}
PNO_DEVICE void wait_for_copies() {
  asm volatile("cp.async.wait_all;" ::: "memory");
}

PNO_DEVICE void add_atomically(float* sum, float value) {
  atomicAdd(sum, value);
}

// Runs `kernel` on `blocks` blocks. Returns null, or CUDA's error message.
template <class Parameters>
const char* launch(void (*kernel)(Parameters), long long blocks, int threads, int shared_bytes,
                   void* stream, const Parameters& parameters) {
  constexpr int kSharedByDefault = 48 << 10;
  if (shared_bytes > kSharedByDefault) {
    const auto set =
        cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                             cudaFuncAttributeMaxDynamicSharedMemorySize, shared_bytes);
    if (set != cudaSuccess) return cudaGetErrorString(set);
  }
  void* arguments[] = {const_cast<Parameters*>(&parameters)};
  const auto launched =
      cudaLaunchKernel(reinterpret_cast<const void*>(kernel), dim3(static_cast<unsigned>(blocks)),
                       dim3(static_cast<unsigned>(threads)), arguments,
                       static_cast<std::size_t>(shared_bytes), static_cast<cudaStream_t>(stream));
  return launched == cudaSuccess ? nullptr : cudaGetErrorString(launched);
}

inline const char* fill_zeros(void* memory, std::size_t bytes, void* stream) {
  const auto filled = cudaMemsetAsync(memory, 0, bytes, static_cast<cudaStream_t>(stream));
  return filled == cudaSuccess ? nullptr : cudaGetErrorString(filled);
}

inline bool read_limits(DeviceLimits& limits) {
  int device = 0;
  const auto get = [&device](int& value, cudaDeviceAttr attribute) {
    return cudaDeviceGetAttribute(&value, attribute, device) == cudaSuccess;
  };
  return cudaGetDevice(&device) == cudaSuccess &&
         get(limits.major, cudaDevAttrComputeCapabilityMajor) &&
         get(limits.minor, cudaDevAttrComputeCapabilityMinor) &&
         get(limits.shared_memory_bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin);
}

}  // namespace pno::train::cuda

#endif
