// Opening a dataset and drawing crops from it. Items are tokens (the target's unit, on one core)
// or notes. Uses real performances if they are available, otherwise random music.

#include "corpus/crops.h"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "events/random_music.h"
#include "events/real_music.h"

namespace pno::corpus {
namespace {

// A dataset file for the length of the run.
class BenchFile {
 public:
  BenchFile()
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("pno-bench-{}.notes", ::getpid())) {
    std::vector<Piece> pieces;
    const auto add = [&](std::vector<events::PlainNote> notes) {
      auto hash = content_hash(notes);
      pieces.push_back({{.hash = std::move(hash)}, std::move(notes)});
    };
    for (auto& piece :
         events::real_music(std::filesystem::path(PNO_REAL_MUSIC) / "asap-midi.zip")) {
      add(std::move(piece.notes));
    }
    for (std::uint64_t seed = 0; pieces.size() < 100; ++seed) add(events::random_notes(seed, 3000));
    const auto written = write_dataset(path_, pieces);
    PNO_CHECK(written, "the benchmark's file could not be written");
  }
  BenchFile(const BenchFile&) = delete;
  BenchFile& operator=(const BenchFile&) = delete;
  ~BenchFile() { std::filesystem::remove(path_); }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

const std::filesystem::path& music() {
  static const BenchFile file;
  return file.path();
}

void open_dataset(benchmark::State& state) {
  const auto& path = music();
  std::int64_t notes = 0;
  for (auto _ : state) notes += Dataset::open(path)->notes();
  state.SetItemsProcessed(notes);
}
BENCHMARK(open_dataset)->Unit(benchmark::kMillisecond);

void draw_crops(benchmark::State& state) {
  const auto dataset = Dataset::open(music());
  const Weighted weighted[] = {{&*dataset, 1}};
  const int length = static_cast<int>(state.range(0));
  const auto sampler = CropSampler::create(weighted, Split::train,
                                           {.length = length, .any_event = state.range(1) != 0});
  std::vector<events::Token> tokens(static_cast<std::size_t>(length));
  std::uint64_t index = 0;
  std::int64_t music_tokens = 0;
  for (auto _ : state) music_tokens += sampler->draw(index++, tokens);
  state.SetItemsProcessed(music_tokens);
}
BENCHMARK(draw_crops)->ArgNames({"length", "any_event"})->ArgsProduct({{128, 1024, 4096}, {0, 1}});

void hash_notes(benchmark::State& state) {
  const auto notes = events::random_notes(1, 10'000);
  for (auto _ : state) benchmark::DoNotOptimize(content_hash(notes));
  state.SetItemsProcessed(static_cast<std::int64_t>(notes.size()) * state.iterations());
}
BENCHMARK(hash_notes)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace pno::corpus
