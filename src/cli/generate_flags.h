#pragma once

// The flags of pno generate, and what they ask of the engine.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "base/fields.h"
#include "cli/arrange.h"
#include "cli/prime.h"
#include "infer/engine.h"
#include "infer/generate.h"

namespace pno::cli {

struct GenerateFlags {
  std::string model;  // empty: the one that comes with pno
  std::filesystem::path output;
  PrimeOptions prime;
  bool without_prime = false;
  double seconds = 30;  // of the result
  std::int64_t tokens = 0;
  bool until_end = false, unconstrained = false;
  std::optional<infer::Key> key;
  TextFields sampler, limits, controls;  // as given, by field
  ArrangeOptions arrange;
  std::optional<std::uint64_t> seed;
  int count = 1, threads = 0;
  int beam = 0;  // width; 0: events are drawn
  infer::Precision precision = infer::Precision::automatic;
};

void add_generate_flags(CLI::App& app, GenerateFlags& flags);

// All but the prime, which needs the model's vocabulary. Fails where a value is out of range, or
// where a flag would do nothing beside another.
Expected<infer::GenerateOptions> generate_options(const GenerateFlags& flags);

// How the music was asked for: "temperature 0.9, …, key C#m".
std::string described(const GenerateFlags& flags, const infer::GenerateOptions& options);

}  // namespace pno::cli
