#pragma once

// Flags for what is asked of a model with roles: its controls, when they change, guidance.

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "infer/engine.h"
#include "infer/music/soft_controls.h"
#include "infer/music/wishes.h"

namespace pno::cli {

struct AskFlags {
  TextFields wishes;            // by control; no entry: not asked
  std::vector<std::string> at;  // "20s:density=12"
  bool strict = false;
  std::optional<double> guidance;

  bool is_any_given() const { return !wishes.empty() || !at.empty() || strict || guidance; }
};

// All flags; or without --key and --density, which pno generate has for every model.
enum class AskedControls { all, without_key_and_density };
void add_ask_flags(CLI::App& app, AskFlags& flags, AskedControls controls);

struct Asked {
  infer::Wishes wishes;
  std::vector<infer::WishChange> changes = {};  // sorted by time
  double guidance = 1;
};

// Reads "20s:density=12,key=Am" (seconds with or without s). Returns a usage error if it is not of
// this form or if a control is unknown.
Expected<std::vector<infer::WishChange>> parse_change(const std::string& text);

// Returns an error that names the model's file if it has no roles, or a usage error if a value is
// not one that the model can be asked. Composers are found by surname in their usual spellings.
Expected<Asked> asked_of(const AskFlags& flags, const infer::Engine& engine,
                         const std::string& model);

// The biases on the logits that act on top of the control tokens: with --strict those of key and
// density, else none.
Expected<infer::SoftControlOptions> strict_controls(const AskFlags& flags);

}  // namespace pno::cli
