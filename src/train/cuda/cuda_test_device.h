#pragma once

// Arrays for the tests of CUDA kernels: in the memory of the GPU, or with PNO_CUDA_EMULATION in
// that of the CPU.

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <vector>

#include "base/error.h"
#include "train/cuda/attention_cuda.h"

#if !defined(PNO_CUDA_EMULATION)
#include <cuda_runtime_api.h>
#endif

namespace pno::train::cuda {

// Rounds to the nearest value of the type, ties to even.
inline double rounded(ElementType type, double value) {
  const auto single = static_cast<float>(value);
  if (type == ElementType::f32) return single;
  const auto bits = std::bit_cast<std::uint32_t>(single);
  return std::bit_cast<float>((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000U);
}

class DeviceArray {
 public:
  // All elements are NaN. data() is null if count is 0.
  DeviceArray(ElementType type, std::size_t count)
      : type_(type), count_(count), bytes_(count * (type == ElementType::f32 ? 4 : 2)) {
    if (count == 0) return;
    allocate();
    put(std::vector<unsigned char>(bytes_, 0xFF));
  }
  // Copies the values, which the type must represent exactly.
  DeviceArray(ElementType type, const std::vector<double>& values)
      : DeviceArray(type, values.size()) {
    std::vector<unsigned char> bytes(bytes_);
    for (std::size_t i = 0; i < count_; ++i) {
      const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(values[i]));
      const auto half = static_cast<std::uint16_t>(bits >> 16);
      if (type == ElementType::f32) {
        std::memcpy(&bytes[4 * i], &bits, 4);
      } else {
        std::memcpy(&bytes[2 * i], &half, 2);
      }
    }
    if (count_ > 0) put(bytes);
  }
  ~DeviceArray() {
    if (count_ > 0) release();
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  void* data() const { return data_; }

  std::vector<double> values() const {
    std::vector<double> values(count_);
    if (count_ == 0) return values;
    const auto bytes = get();
    for (std::size_t i = 0; i < count_; ++i) {
      std::uint32_t bits = 0;
      std::uint16_t half = 0;
      if (type_ == ElementType::f32) {
        std::memcpy(&bits, &bytes[4 * i], 4);
      } else {
        std::memcpy(&half, &bytes[2 * i], 2);
        bits = static_cast<std::uint32_t>(half) << 16;
      }
      values[i] = std::bit_cast<float>(bits);
    }
    return values;
  }

 private:
#if defined(PNO_CUDA_EMULATION)
  // Of exactly this size, so that the address sanitizer detects accesses outside.
  void allocate() {
    data_ = ::operator new(bytes_, kAlignment);
  }
  void release() {
    ::operator delete(data_, kAlignment);
  }
  void put(const std::vector<unsigned char>& bytes) {
    std::memcpy(data_, bytes.data(), bytes_);
  }
  std::vector<unsigned char> get() const {
    const auto* const first = static_cast<const unsigned char*>(data_);
    return {first, first + bytes_};
  }
  static constexpr std::align_val_t kAlignment{16};
#else
  static void check(cudaError_t error) {
    PNO_CHECK(error == cudaSuccess, cudaGetErrorString(error));
  }
  void allocate() {
    check(cudaMalloc(&data_, bytes_));
  }
  void release() {
    cudaFree(data_);
  }
  void put(const std::vector<unsigned char>& bytes) {
    check(cudaMemcpy(data_, bytes.data(), bytes_, cudaMemcpyHostToDevice));
  }
  std::vector<unsigned char> get() const {
    std::vector<unsigned char> bytes(bytes_);
    check(cudaMemcpy(bytes.data(), data_, bytes_, cudaMemcpyDeviceToHost));
    return bytes;
  }
#endif

  ElementType type_;
  std::size_t count_, bytes_;
  void* data_ = nullptr;
};

}  // namespace pno::train::cuda
