// Notes to events and back, in tokens (items) per second on one core. Uses real performances if
// they are available, otherwise random music.

#include "events/encode.h"

#include <benchmark/benchmark.h>

#include "events/decode.h"
#include "events/grammar.h"
#include "events/random_music.h"
#include "events/real_music.h"

namespace pno::events {
namespace {

const std::vector<std::vector<PlainNote>>& music() {
  static const auto all = [] {
    std::vector<std::vector<PlainNote>> pieces;
    for (auto& piece : real_music(std::filesystem::path(PNO_REAL_MUSIC) / "asap-midi.zip")) {
      pieces.push_back(std::move(piece.notes));
    }
    for (std::uint64_t seed = 0; pieces.size() < 100; ++seed) {
      pieces.push_back(random_notes(seed, 3000));
    }
    return pieces;
  }();
  return all;
}

void encode_music(benchmark::State& state) {
  const EncodeOptions options = {.stretch = state.range(0) != 0 ? 1.03 : 1.0};
  const auto& pieces = music();
  std::vector<Token> tokens;
  std::int64_t count = 0;
  for (auto _ : state) {
    for (const auto& notes : pieces) {
      tokens.clear();
      encode(notes, kPerformance, options, tokens);
      benchmark::DoNotOptimize(tokens.data());
      count += static_cast<std::int64_t>(tokens.size());
    }
  }
  state.SetItemsProcessed(count);
}
BENCHMARK(encode_music)->ArgName("stretched")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void decode_music(benchmark::State& state) {
  std::vector<std::vector<Token>> pieces;
  for (const auto& notes : music()) pieces.push_back(encode(notes, kPerformance));
  std::int64_t count = 0;
  for (auto _ : state) {
    for (const auto& tokens : pieces) {
      benchmark::DoNotOptimize(decode(tokens, kPerformance).performance.notes.data());
      count += static_cast<std::int64_t>(tokens.size());
    }
  }
  state.SetItemsProcessed(count);
}
BENCHMARK(decode_music)->Unit(benchmark::kMillisecond);

// The events allowed before each token.
void mask_music(benchmark::State& state) {
  std::vector<std::vector<Token>> pieces;
  for (const auto& notes : music()) pieces.push_back(encode(notes, kPerformance));
  std::array<std::uint64_t, mask_words(kPerformance.outputs())> mask;
  std::int64_t count = 0;
  for (auto _ : state) {
    for (const auto& tokens : pieces) {
      Grammar grammar(kPerformance);
      for (const Token token : tokens) {
        grammar.allowed(mask);
        benchmark::DoNotOptimize(mask.data());
        grammar.read(token);
      }
      count += static_cast<std::int64_t>(tokens.size());
    }
  }
  state.SetItemsProcessed(count);
}
BENCHMARK(mask_music)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pno::events
