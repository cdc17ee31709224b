// Drawing rows of training examples, on one core. Items are tokens. Uses real performances if they
// are available, otherwise random music.

#include "corpus/examples/examples.h"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>

#include "events/random_music.h"
#include "events/real_music.h"

namespace pno::corpus {
namespace {

Dataset bench_music() {
  std::vector<Piece> pieces;
  const auto add = [&](std::vector<events::PlainNote> notes) {
    auto hash = content_hash(notes);
    pieces.push_back({{.composer = "Chopin", .hash = std::move(hash)}, std::move(notes)});
  };
  for (auto& piece :
       events::real_music(std::filesystem::path(PNO_REAL_MUSIC) / "asap-midi.zip", 100)) {
    add(std::move(piece.notes));
  }
  for (std::uint64_t seed = 0; pieces.size() < 100; ++seed) add(events::random_notes(seed, 3000));
  const auto path = std::filesystem::temp_directory_path() /
                    fmt::format("pno-bench-examples-{}.notes", ::getpid());
  PNO_CHECK(write_dataset(path, pieces), "the benchmark's file could not be written");
  auto dataset = Dataset::open(path);
  std::filesystem::remove(path);
  return std::move(*dataset);
}

// The tasks one by one, and last as they are mixed in training.
void draw_examples(benchmark::State& state) {
  static const Dataset dataset = bench_music();
  const Weighted weighted[] = {{&dataset, 1}};
  ExampleOptions options{.vocabulary = *events::with_roles(events::kPerformance, {"Chopin"})};
  if (state.range(0) < kTasks) {
    int task = 0;
    TaskWeights::fields(options.weights, [&](std::string_view, double& weight, std::string_view) {
      weight = task++ == state.range(0) ? 1 : 0;
    });
  }
  const auto sampler = ExampleSampler::create(weighted, Split::train, options);
  std::uint64_t index = 0;
  std::int64_t tokens = 0;
  for (auto _ : state) tokens += std::ssize(sampler->draw(index++).tokens);
  state.SetItemsProcessed(tokens);
}
BENCHMARK(draw_examples)->ArgName("task")->DenseRange(0, kTasks)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace pno::corpus
