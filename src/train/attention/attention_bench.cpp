// Attention of a layer, forward and backward: milliseconds; useful FLOP/s (multiply-adds of pairs
// that see each other, without those that the backward pass repeats); and the ratio to the FLOP/s
// of a product of large matrices, measured in the same run. `composite` uses LibTorch's operations.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "train/attention/attention.h"
#include "train/kernels/blas.h"

namespace pno::train {
namespace {

// B batch, T time, H heads, D head width, R rows of a table
struct Shape {
  std::int64_t B, T, H, D, R;
  double dropout = 0.1;
  std::int64_t block = 0;
  bool is_shaw = false;
};

constexpr Shape kPnoAi{16, 1024, 8, 8, 1024};
constexpr Shape kWidth256{4, 1024, 8, 32, 1024};
constexpr Shape kPaper{1, 2048, 8, 64, 1024};
constexpr Shape kPaperWithoutDropout{1, 2048, 8, 64, 1024, 0};
constexpr Shape kPaperAbsolute{1, 2048, 8, 64, 0};
constexpr Shape kPaperLocal{1, 2048, 8, 64, 1024, 0.1, 512};
constexpr Shape kPaperShaw{1, 2048, 8, 64, 128, 0.1, 0, true};
constexpr Shape kLong{1, 16384, 8, 64, 1024};

// The forward pass, and as many FLOP for each of the two factors in the backward pass.
double useful_flops(const Shape& shape) {
  double products = 0;
  for (std::int64_t i = 0; i < shape.T; ++i) {
    const std::int64_t first =
        shape.block == 0 ? 0 : std::max<std::int64_t>(0, i / shape.block - 1) * shape.block;
    const std::int64_t keys = i + 1 - first;
    const std::int64_t relative = shape.is_shaw ? 2 * keys : std::min(keys, shape.R);
    products += static_cast<double>(2 * keys + relative);
  }
  return 3 * products * 2 * static_cast<double>(shape.B * shape.H * shape.D);
}

// FLOP/s of LibTorch's product of two square matrices, the best of kTimes.
double sgemm_rate() {
  constexpr std::int64_t kSize = 1536;
  constexpr int kTimes = 10;
  const auto a = torch::rand({kSize, kSize}), b = torch::rand({kSize, kSize});
  double best_s = 1e9;
  for (int i = 0; i < kTimes; ++i) {
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(torch::mm(a, b));
    best_s = std::min(
        best_s, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return 2.0 * kSize * kSize * kSize / best_s;
}

void attention(benchmark::State& state, const Shape& shape, AttentionWay way) {
  const auto threads = static_cast<int>(std::thread::hardware_concurrency());
  torch::set_num_threads(threads);
  set_blas_threads(threads);
  static const double kSgemmRate = sgemm_rate();
  const auto width = shape.H * shape.D;
  const auto qkv = torch::randn({shape.B, shape.T, 3 * width}).requires_grad_();
  const auto table = [&](bool wanted) {
    return wanted ? torch::randn({shape.H, shape.R, shape.D}).requires_grad_() : torch::Tensor();
  };
  const auto keys = table(shape.R > 0), values = table(shape.is_shaw);
  const auto gradient = torch::randn({shape.B, shape.T, width});
  double best_s = 1e9;
  for ([[maybe_unused]] auto step : state) {
    const auto start = std::chrono::steady_clock::now();
    attend(qkv, keys, values,
           {.heads = shape.H,
            .block = shape.block,
            .clipped = shape.is_shaw,
            .dropout = {shape.dropout, 1},
            .way = way})
        .backward(gradient);
    best_s = std::min(
        best_s, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  const double rate = useful_flops(shape) / best_s;
  state.counters["useful_GFLOP/s"] = rate / 1e9;
  state.counters["of_sgemm"] = rate / kSgemmRate;
  state.counters["threads"] = threads;
}

#define PNO_ATTENTION(shape, way)                                          \
  BENCHMARK_CAPTURE(attention, shape##_##way, k##shape, AttentionWay::way) \
      ->Unit(benchmark::kMillisecond)                                      \
      ->UseRealTime()
PNO_ATTENTION(PnoAi, best);
PNO_ATTENTION(PnoAi, composite);
PNO_ATTENTION(Width256, best);
PNO_ATTENTION(Width256, composite);
PNO_ATTENTION(Paper, best);
PNO_ATTENTION(Paper, composite);
PNO_ATTENTION(PaperWithoutDropout, best);
PNO_ATTENTION(PaperAbsolute, best);
PNO_ATTENTION(PaperLocal, best);
PNO_ATTENTION(PaperShaw, best);
PNO_ATTENTION(Long, best);

}  // namespace
}  // namespace pno::train
