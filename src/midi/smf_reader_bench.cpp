// Bytes of MIDI files in memory to playable notes, pedals applied, on one core.
// symusic, the fastest reader known to us, does 60-64 MB/s on such a core, without pedals.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "midi/midi_zip.h"
#include "midi/pedal.h"
#include "midi/performance.h"
#include "midi/smf_chunks.h"
#include "midi/smf_reader.h"
#include "midi/smf_writer.h"
#include "midi/track_events.h"

namespace pno::midi {
namespace {

std::vector<ZippedFile> real_files(benchmark::State& state, const std::string& zip) {
  auto files = midi_files_of_zip(PNO_REAL_MUSIC "/" + zip);
  if (files.empty()) state.SkipWithError(("no " + zip + " in PNO_REAL_MUSIC").c_str());
  return files;
}

void report(benchmark::State& state, const std::vector<ZippedFile>& files, std::int64_t notes) {
  std::int64_t bytes = 0;
  for (const auto& file : files) bytes += static_cast<std::int64_t>(file.bytes.size());
  state.SetBytesProcessed(state.iterations() * bytes);
  state.counters["notes"] =
      benchmark::Counter(static_cast<double>(notes), benchmark::Counter::kIsIterationInvariantRate);
}

// The whole way.
void read(benchmark::State& state, const std::string& zip) {
  const auto files = real_files(state, zip);
  std::int64_t notes = 0;
  for (auto _ : state) {
    notes = 0;
    for (const auto& file : files) {
      const auto smf = read_smf(file.bytes);
      if (smf) notes += static_cast<std::int64_t>(smf->performance.notes.size());
    }
    benchmark::DoNotOptimize(notes);
  }
  report(state, files, notes);
}
BENCHMARK_CAPTURE(read, asap, "asap-midi.zip")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, pop909, "pop909.zip")->Unit(benchmark::kMillisecond);

// Its first part: events in ticks.
void read_tracks(benchmark::State& state, const std::string& zip) {
  const auto files = real_files(state, zip);
  std::int64_t notes = 0;
  for (auto _ : state) {
    notes = 0;
    for (const auto& file : files) {
      Oddities oddities;
      SongEvents song;
      const auto chunks = find_chunks(file.bytes, oddities);
      TrackReader reader({}, chunks->division, oddities);
      for (const auto& track : chunks->tracks) benchmark::DoNotOptimize(reader.read(track, song));
      notes += static_cast<std::int64_t>(song.presses.size());
    }
  }
  report(state, files, notes);
}
BENCHMARK_CAPTURE(read_tracks, asap, "asap-midi.zip")->Unit(benchmark::kMillisecond);

// Its last two parts.
void apply_pedals_and_make_playable(benchmark::State& state, const std::string& zip) {
  const auto files = real_files(state, zip);
  std::vector<Performance> performances;
  std::int64_t notes = 0;
  for (const auto& file : files) {
    performances.push_back(read_smf(file.bytes, {.sustain = false})->performance);
    notes += static_cast<std::int64_t>(performances.back().notes.size());
  }
  for (auto _ : state) {
    for (auto& performance : performances) {
      apply_pedals(performance.notes, performance.pedals);
      make_playable(performance.notes);
    }
  }
  report(state, files, notes);
}
BENCHMARK_CAPTURE(apply_pedals_and_make_playable, asap, "asap-midi.zip")
    ->Unit(benchmark::kMillisecond);

void write(benchmark::State& state, const std::string& zip) {
  const auto files = real_files(state, zip);
  std::vector<Performance> performances;
  std::int64_t notes = 0;
  for (const auto& file : files) {
    performances.push_back(read_smf(file.bytes)->performance);
    notes += static_cast<std::int64_t>(performances.back().notes.size());
  }
  for (auto _ : state) {
    for (const auto& performance : performances) benchmark::DoNotOptimize(write_smf(performance));
  }
  report(state, files, notes);
}
BENCHMARK_CAPTURE(write, asap, "asap-midi.zip")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pno::midi
