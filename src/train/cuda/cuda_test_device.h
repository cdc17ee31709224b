#pragma once

// Arrays for the tests of CUDA kernels: in the memory of the GPU, or of the CPU with
// PNO_CUDA_EMULATION.

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

// To the nearest number of the kind, ties to even.
inline double rounded(Number number, double value) {
  const auto single = static_cast<float>(value);
  if (number == Number::f32) return single;
  const auto bits = std::bit_cast<std::uint32_t>(single);
  return std::bit_cast<float>((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000U);
}

class NumberArray {
 public:
  // Full of NaN.
  NumberArray(Number number, std::size_t count)
      : number_(number), count_(count), bytes_(count * (number == Number::f32 ? 4 : 2)) {
    if (count == 0) return;
    take();
    put(std::vector<unsigned char>(bytes_, 0xFF));
  }
  // Holds the values, which must be numbers of the kind; none: data() is null.
  NumberArray(Number number, const std::vector<double>& values)
      : NumberArray(number, values.size()) {
    std::vector<unsigned char> bytes(bytes_);
    for (std::size_t i = 0; i < count_; ++i) {
      const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(values[i]));
      const auto half = static_cast<std::uint16_t>(bits >> 16);
      if (number == Number::f32) {
        std::memcpy(&bytes[4 * i], &bits, 4);
      } else {
        std::memcpy(&bytes[2 * i], &half, 2);
      }
    }
    if (count_ > 0) put(bytes);
  }
  ~NumberArray() {
    if (count_ > 0) give_back();
  }
  NumberArray(const NumberArray&) = delete;
  NumberArray& operator=(const NumberArray&) = delete;

  void* data() const { return data_; }

  std::vector<double> values() const {
    std::vector<double> values(count_);
    if (count_ == 0) return values;
    const auto bytes = get();
    for (std::size_t i = 0; i < count_; ++i) {
      std::uint32_t bits = 0;
      std::uint16_t half = 0;
      if (number_ == Number::f32) {
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
  // Of exactly this size: the address sanitizer sees what lies outside.
  void take() {
    data_ = ::operator new(bytes_, kAlignment);
  }
  void give_back() {
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
  void take() {
    check(cudaMalloc(&data_, bytes_));
  }
  void give_back() {
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

  Number number_;
  std::size_t count_, bytes_;
  void* data_ = nullptr;
};

}  // namespace pno::train::cuda
