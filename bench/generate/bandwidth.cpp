#include "generate/bandwidth.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "infer/kernels/aligned_array.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "generate/bandwidth.cpp"
#include <hwy/foreach_target.h>
// Highway requires this order: foreach_target.h, then the headers that it compiles again.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pno::bench::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

std::uint64_t sum_here(const std::uint64_t* words, std::size_t size) {
  const hn::ScalableTag<std::uint64_t> d;
  constexpr std::size_t kSums = 8;  // independent accumulators
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<decltype(d)> sums[kSums];
  for (auto& sum : sums) sum = hn::Zero(d);
  for (std::size_t i = 0; i + kSums * lanes <= size; i += kSums * lanes) {
    for (std::size_t s = 0; s < kSums; ++s) {
      sums[s] = hn::Add(sums[s], hn::LoadU(d, words + i + s * lanes));
    }
  }
  for (std::size_t s = 1; s < kSums; ++s) sums[0] = hn::Add(sums[0], sums[s]);
  return hn::GetLane(hn::SumOfLanes(d, sums[0]));
}

}  // namespace pno::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::bench {

HWY_EXPORT(sum_here);

double read_rate(std::size_t size_bytes, int threads) {
  using Clock = std::chrono::steady_clock;
  constexpr double kBytesOfPass = 4e8;  // long enough for the clock and for starting threads
  constexpr int kPasses = 5;
  const auto count = static_cast<std::size_t>(threads);
  const std::size_t words = size_bytes / sizeof(std::uint64_t) / count;
  const auto rounds = static_cast<std::size_t>(kBytesOfPass / static_cast<double>(size_bytes)) + 1;
  infer::AlignedArray<std::uint64_t> buffer(words * count);
  std::memset(buffer.get(), 1, words * count * sizeof(std::uint64_t));
  std::atomic<std::uint64_t> seen{0};
  double best_s = 1e9;
  for (int pass = 0; pass < kPasses; ++pass) {
    const auto start = Clock::now();
    const auto read = [&](std::size_t part) {
      std::uint64_t sum = 0;
      for (std::size_t round = 0; round < rounds; ++round) {
        sum += HWY_DYNAMIC_DISPATCH(sum_here)(buffer.get() + part * words, words);
      }
      seen += sum;
    };
    std::vector<std::jthread> others;
    for (std::size_t part = 1; part < count; ++part) others.emplace_back(read, part);
    read(0);
    others.clear();
    best_s = std::min(best_s, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return static_cast<double>(words * count * sizeof(std::uint64_t) * rounds) / best_s;
}

}  // namespace pno::bench
#endif  // HWY_ONCE
