// Tokens per second of a model in the shape of the `paper` preset (12.8 M parameters) with random
// weights.
//
//   build/bench/bench/infer_bench --benchmark_filter='step|prefill'
//
// A minute of piano is about 2,000 tokens: 33 tokens/s is real time.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>

#include "base/random.h"
#include "infer/session.h"
#include "model/model_file.h"
#include "model/parameters.h"
#include "simd/simd_target.h"

namespace pno::infer {
namespace {

const model::ModelConfig kPaper{.layers = 6,
                                .heads = 8,
                                .width = 256,
                                .attention_width = 512,
                                .ff_width = 2048,
                                .context = 2048,
                                .max_distance = 1024};

// A model file, deleted when the process ends.
class PaperFile {
 public:
  PaperFile() {
    std::vector<std::vector<float>> storage;
    std::vector<Tensor> tensors;
    RandomStream random(1, 0);
    for (const auto& parameter : model::parameters(kPaper, events::kPerformance.inputs())) {
      auto& values = storage.emplace_back();
      for (std::int64_t i = 0; i < parameter.size(); ++i) {
        values.push_back(static_cast<float>(0.02 * (random.uniform() - 0.5)));
      }
      tensors.push_back(Tensor::of<float>(parameter.name, parameter.shape, values));
    }
    TextFields metadata;
    put_fields(events::kPerformance, "vocabulary.", metadata);
    const auto written = model::write_model(path_, kPaper, tensors, metadata);
    PNO_CHECK(written.has_value(), "the benchmark's model cannot be written");
  }
  PaperFile(const PaperFile&) = delete;
  PaperFile& operator=(const PaperFile&) = delete;
  ~PaperFile() { std::filesystem::remove(path_); }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_ = std::filesystem::temp_directory_path() /
                                fmt::format("pno-infer-bench-{}.safetensors", ::getpid());
};

const std::filesystem::path& paper_path() {
  static const PaperFile file;
  return file.path();
}

std::shared_ptr<const Engine> paper(int threads) {
  auto engine = Engine::open(paper_path(), {.threads = threads});
  PNO_CHECK(engine.has_value(), "the benchmark's model cannot be read");
  return *engine;
}

std::vector<events::Token> tokens(std::size_t size) {
  std::vector<events::Token> tokens(size);
  for (std::size_t i = 0; i < size; ++i) tokens[i] = static_cast<events::Token>(i * 37 % 388);
  return tokens;
}

// Opens an engine from a file in the page cache.
void open_engine(benchmark::State& state) {
  paper_path();
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(paper(1));
}
BENCHMARK(open_engine)->Unit(benchmark::kMillisecond)->UseRealTime();

void open_session(benchmark::State& state) {
  const auto engine = paper(static_cast<int>(state.range(0)));
  for ([[maybe_unused]] auto _ : state) Session session(engine);
}
BENCHMARK(open_session)->Name("open_session/threads")->Arg(1)->Arg(2)->UseRealTime();

// One token at a position, with a number of threads.
void step(benchmark::State& state) {
  constexpr int kSteps = 32;
  const auto prime = tokens(static_cast<std::size_t>(state.range(0)) - kSteps / 2);
  const auto music = tokens(kSteps);
  Session session(paper(static_cast<int>(state.range(1))));
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    session.reset();
    session.prefill(prime);
    state.ResumeTiming();
    for (const auto token : music) benchmark::DoNotOptimize(session.step(token).data());
  }
  state.SetItemsProcessed(state.iterations() * kSteps);
  state.SetLabel(simd::current_target());
}
BENCHMARK(step)
    ->Name("step/position/threads")
    ->ArgsProduct({{256, 2000}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void prefill(benchmark::State& state) {
  const auto prime = tokens(static_cast<std::size_t>(state.range(0)));
  Session session(paper(static_cast<int>(state.range(1))));
  for ([[maybe_unused]] auto _ : state) {
    session.reset();
    benchmark::DoNotOptimize(session.prefill(prime).data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetLabel(simd::current_target());
}
BENCHMARK(prefill)
    ->Name("prefill/tokens/threads")
    ->ArgsProduct({{1024}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace pno::infer
