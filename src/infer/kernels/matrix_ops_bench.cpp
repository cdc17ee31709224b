// GFLOP/s of the matrix products on one thread, in the shapes of the `paper` preset.

#include <benchmark/benchmark.h>

#include "infer/kernels/matrix_ops.h"
#include "infer/kernels/vector_ops.h"
#include "simd/simd_target.h"

namespace pno::infer {
namespace {

void report(benchmark::State& state, double flops) {
  state.counters["FLOPS"] = benchmark::Counter(flops * static_cast<double>(state.iterations()),
                                               benchmark::Counter::kIsRate);
  state.SetLabel(simd::current_target());
}

// N positions, M rows of weights, K inputs
void multiply_positions(benchmark::State& state) {
  const auto N = static_cast<std::size_t>(state.range(0));
  const auto M = static_cast<std::size_t>(state.range(1));
  const auto K = static_cast<std::size_t>(state.range(2));
  const std::vector<float> x(N * K, 0.5F), w(M * K, 0.25F);
  std::vector<float> out(N * M);
  for ([[maybe_unused]] auto step : state) {
    multiply(
        {.x = {x.data(), K}, .w = {w.data(), K}, .out = {out.data(), M}, .N = N, .M = M, .K = K});
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  report(state, 2.0 * static_cast<double>(N * M * K));
}
BENCHMARK(multiply_positions)
    ->Name("multiply/N/M/K")
    ->Args({1, 2048, 256})
    ->Args({1, 256, 2048})
    ->Args({1, 2048, 64})
    ->Args({128, 1536, 256})
    ->Args({128, 2048, 256})
    ->Args({128, 256, 2048})
    ->Args({64, 1024, 64});

// N positions, K cached values of a head, M channels
void weighted_sum_of_values(benchmark::State& state) {
  const auto N = static_cast<std::size_t>(state.range(0));
  const auto M = static_cast<std::size_t>(state.range(1));
  const auto K = static_cast<std::size_t>(state.range(2));
  const std::vector<float> p(N * K, 0.5F), v(K * M, 0.25F);
  std::vector<float> out(N * M);
  for ([[maybe_unused]] auto step : state) {
    weighted_sum(
        {.p = {p.data(), K}, .v = {v.data(), M}, .out = {out.data(), M}, .N = N, .M = M, .K = K});
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  report(state, 2.0 * static_cast<double>(N * M * K));
}
BENCHMARK(weighted_sum_of_values)
    ->Name("weighted_sum/N/M/K")
    ->Args({1, 64, 2048})
    ->Args({64, 64, 1024});

void softmax_row(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  std::vector<float> x(size, 0.5F);
  for ([[maybe_unused]] auto step : state) {
    softmax(x.data(), size);
    benchmark::DoNotOptimize(x.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(softmax_row)->Name("softmax")->Arg(2048);

}  // namespace
}  // namespace pno::infer
