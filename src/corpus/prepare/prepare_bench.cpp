// prepare() from end to end on the real corpora, and the floor under it: inflating every member,
// with nothing done to it. Bytes are of unpacked MIDI; the counters, seconds summed over threads,
// say where the time goes.

#include "corpus/prepare/prepare.h"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "corpus/sources/zip_archive.h"

namespace pno::corpus {
namespace {

std::filesystem::path real_zip(const char* name) {
  return std::filesystem::path(PNO_REAL_MUSIC) / name;
}

void prepare_zip(benchmark::State& state, const char* name) {
  PrepareOptions options;
  options.sources = {real_zip(name)};
  options.output = std::filesystem::temp_directory_path() /
                   fmt::format("pno-prepare-bench-{}.notes", ::getpid());
  options.threads = static_cast<int>(state.range(0));
  if (!std::filesystem::exists(options.sources[0])) return state.SkipWithError("no such zip here");
  PrepareReport last;
  for (auto _ : state) {
    auto report = prepare(options, {});
    if (!report) return state.SkipWithError(report.error().message.c_str());
    last = std::move(*report);
  }
  std::filesystem::remove(options.output);
  state.SetBytesProcessed(state.iterations() * last.bytes);
  PrepareTimes::fields(last.times, [&](std::string_view phase, double seconds, std::string_view) {
    state.counters[std::string(phase) + "_s"] = seconds;
  });
}

void inflate_zip(benchmark::State& state, const char* name) {
  const auto file = MappedFile::open(real_zip(name));
  if (!file) return state.SkipWithError("no such zip here");
  std::int64_t bytes = 0;
  for (auto _ : state) {
    const auto zip = ZipArchive::open(file->bytes());
    if (!zip) return state.SkipWithError(zip.error().message.c_str());
    std::vector<std::byte> member;
    for (std::uint64_t i = 0; i < zip->entries(); ++i) {
      if (zip->read(i, {}, member)) bytes += static_cast<std::int64_t>(member.size());
    }
  }
  state.SetBytesProcessed(bytes);
}

void asap(benchmark::State& state) {
  prepare_zip(state, "asap-midi.zip");
}
void pop909(benchmark::State& state) {
  prepare_zip(state, "pop909.zip");
}
void inflate_asap(benchmark::State& state) {
  inflate_zip(state, "asap-midi.zip");
}
void inflate_pop909(benchmark::State& state) {
  inflate_zip(state, "pop909.zip");
}

BENCHMARK(asap)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(pop909)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(inflate_asap)->Unit(benchmark::kMillisecond);
BENCHMARK(inflate_pop909)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pno::corpus
