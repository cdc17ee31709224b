#pragma once

// The flags of pno generate, and the options of the engine that they set.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "base/fields.h"
#include "cli/arrange.h"
#include "cli/ask_flags.h"
#include "cli/instrument.h"
#include "cli/mood.h"
#include "cli/prime.h"
#include "infer/engine.h"
#include "infer/generate.h"

namespace pno::cli {

struct GenerateFlags {
  std::string model;  // empty: the model that is installed with pno
  std::filesystem::path output;
  PrimeOptions prime;
  bool without_prime = false, pedal = false, overwrite = false;
  double seconds = 30;  // of the result
  std::int64_t tokens = 0;
  bool until_end = false, unconstrained = false;
  Mood mood = Mood::none;
  std::optional<infer::Key> key;
  AskFlags ask;                          // without key and density
  TextFields sampler, limits, controls;  // texts of the command line, by field
  ArrangeOptions arrange;
  std::optional<std::uint64_t> seed;
  int count = 1, threads = 0;
  int beam = 0;  // width of the beam search; 0: sample
  infer::Precision precision = infer::Precision::automatic;
  bool play = false, without_view = false;
  InstrumentFlags instrument;  // for `play`
};

void add_generate_flags(CLI::App& app, GenerateFlags& flags);

// Sets the fields of the mood that the command line does not have.
void use_mood(GenerateFlags& flags);

// All options but the prime, which needs the model's vocabulary. Returns a usage error if a value
// is out of range, or if a flag has no effect because of another one.
Expected<infer::GenerateOptions> generate_options(const GenerateFlags& flags);

// Asks a model with roles for its controls, key and density included; their biases then act with
// --strict alone. Returns an error if a flag is for models with roles and this one has none.
Expected<void> ask_model(const GenerateFlags& flags, const infer::Engine& engine,
                         infer::GenerateOptions& options);

// The options as text for the MIDI file: "temperature 0.9, …, key C#m".
std::string described(const GenerateFlags& flags, const infer::GenerateOptions& options);

}  // namespace pno::cli
