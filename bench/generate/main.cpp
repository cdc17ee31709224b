// Tokens per second of the engine, compared with the memory bandwidth of the machine, in one run:
//
//   build/bench/bench/generate_bench               a table
//   build/bench/bench/generate_bench --json        JSON
//
// Use an idle machine: if other programs use the cores, threads wait for each other.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "base/fields.h"
#include "generate/bandwidth.h"
#include "generate/measure.h"
#include "simd/simd_target.h"

namespace pno::bench {
namespace {

using Json = nlohmann::ordered_json;
constexpr double kGiga = 1e9, kMega = 1e6;

struct Flags {
  std::string first_token, precision, model;
  bool json = false;
};

std::vector<int> thread_counts() {
  const int all = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return all == 1 ? std::vector{1} : std::vector{1, all};
}

// Gigabytes per second of buffers that fit the first caches, and of one that fits only the
// last-level cache of a server.
Json bandwidth(const Flags& flags) {
  Json rows = Json::array();
  for (const double megabytes : {0.25, 1.0, 16.0, 64.0, 512.0}) {
    for (const int threads : thread_counts()) {
      const double rate = read_rate(static_cast<std::size_t>(megabytes * kMega), threads);
      rows.push_back({{"megabytes", megabytes}, {"threads", threads}, {"gb_per_s", rate / kGiga}});
      if (flags.json) continue;
      fmt::print("reading {:>6.2f} MB, threads {}: {:>6.1f} GB/s\n", megabytes, threads,
                 rate / kGiga);
      std::fflush(stdout);
    }
  }
  return rows;
}

Json json_of(const Row& row, std::string_view model, double parameters) {
  Json at = Json::array();
  for (const auto& a : row.at) {
    at.push_back({{"position", a.position},
                  {"tokens_per_s", a.tokens_per_s()},
                  {"times_real_time", a.times_real_time()},
                  {"megabytes_of_token", a.bytes / kMega},
                  {"gb_per_s", a.bytes_per_s / kGiga},
                  {"share_of_bandwidth", a.share_of_bandwidth()},
                  {"together", kTogether},
                  {"tokens_per_s_apart", kTogether * 1e3 / a.apart_ms},
                  {"gain_apart", a.gain_apart()},
                  {"gain_apart_by_bytes", a.gain_by_bytes()},
                  {"tokens_per_s_of_forks", kTogether * 1e3 / a.forks_ms},
                  {"gain_of_forks", a.gain_of_forks()},
                  {"allocations_of_step", a.allocations}});
  }
  return {{"model", model},
          {"parameters", parameters},
          {"precision", enum_name(row.precision)},
          {"threads", row.threads},
          {"open_ms", row.open_ms},
          {"first_token_of_process_ms", row.first_token_ms},
          {"prefill_tokens", kPrefillTokens},
          {"prefill_ms", row.prefill_ms},
          {"piece_tokens", kPieceTokens},
          {"piece_ms", row.piece_ms},
          {"together", kTogether},
          {"pieces_together_ms", row.pieces_ms},
          {"gain_of_pieces", row.gain_of_pieces()},
          {"pieces_gain_by_bytes", row.pieces_gain_by_bytes},
          {"at", std::move(at)}};
}

void print_header() {
  fmt::print(
      "\nSIMD {}. Real time: {:.0f} tokens a minute. MB: what a token reads. Bound: the share of "
      "its\n"
      "time that reading them must take, at the rate (GB/s) of a buffer of that size. {} forks:\n"
      "tokens/s of as many that continue one prime, beside those of one; apart: the same of "
      "pieces\n"
      "that have nothing in common; bytes: the gain of these where they and one only read, at the\n"
      "rate of buffers of their sizes. New: allocations of a step.\n\n"
      "{:<6} {:<5} {:>7} {:>8} {:>8} {:>9} {:>6} {:>6} {:>6} {:>7} {:>7} {:>7} {:>4}\n",
      simd::current_target(), kTokensOfMinute, kTogether, "model", "", "threads", "position",
      "tokens/s", "real time", "MB", "GB/s", "bound", fmt::format("{} forks", kTogether), "apart",
      "bytes", "new");
}

void print(const Row& row, std::string_view model) {
  for (const auto& a : row.at) {
    fmt::print(
        "{:<6} {:<5} {:>7} {:>8} {:>8.0f} {:>7.0f} x {:>6.1f} {:>6.1f} {:>4.0f} % {:>5.2f} x "
        "{:>5.2f} x {:>5.2f} x {:>4.0f}\n",
        model, enum_name(row.precision), row.threads, a.position, a.tokens_per_s(),
        a.times_real_time(), a.bytes / kMega, a.bytes_per_s / kGiga, 100 * a.share_of_bandwidth(),
        a.gain_of_forks(), a.gain_apart(), a.gain_by_bytes(), a.allocations);
  }
  fmt::print(
      "{:<19} open {:.1f} ms, first token of a process {:.1f} ms, prefill of {} {:.0f} ms\n"
      "{:<19} {} tokens from the start {:.2f} s, {} such pieces at once {:.2f} s: {:.2f} x "
      "(bytes alone: {:.2f} x)\n",
      "", row.open_ms, row.first_token_ms, kPrefillTokens, row.prefill_ms, "", kPieceTokens,
      row.piece_ms / 1e3, kTogether, row.pieces_ms / 1e3, row.gain_of_pieces(),
      row.pieces_gain_by_bytes);
  std::fflush(stdout);
}

int run(const Flags& flags) {
  using infer::Precision;
  if (!flags.first_token.empty()) {
    Precision precision{};
    const auto parsed = parse_field(flags.precision, precision);
    PNO_CHECK(parsed.has_value(), "a process started with no precision");
    return draw_first_token(flags.first_token, precision);
  }
  Json result = {{"simd", simd::current_target()}, {"bandwidth", bandwidth(flags)}};
  if (!flags.json) print_header();
  for (const auto& shape : shapes()) {
    if (!flags.model.empty() && flags.model != shape.name) continue;
    const RandomModel model(shape);
    for (const auto precision : {Precision::f32, Precision::bf16, Precision::int8}) {
      if (!flags.precision.empty() && flags.precision != enum_name(precision)) continue;
      for (const int threads : thread_counts()) {
        const Row row = measure(model, shape, precision, threads);
        result["rows"].push_back(json_of(row, shape.name, model.parameters()));
        if (!flags.json) print(row, shape.name);
      }
    }
  }
  if (flags.json) fmt::print("{}\n", result.dump(2));
  return 0;
}

}  // namespace
}  // namespace pno::bench

int main(int argc, char** argv) {
  CLI::App app("The engine's tokens per second beside the machine's bandwidth");
  pno::bench::Flags flags;
  app.add_flag("--json", flags.json, "One JSON object instead of a table");
  app.add_option("--model", flags.model, "Only this one")->check(CLI::IsMember({"paper", "50m"}));
  app.add_option("--precision", flags.precision, "Only this one")
      ->check(CLI::IsMember({"f32", "bf16", "int8"}));
  // Set in the processes that the benchmark starts itself.
  app.add_option("--first-token", flags.first_token)->group("");
  CLI11_PARSE(app, argc, argv);
  return pno::bench::run(flags);
}
