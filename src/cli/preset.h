#pragma once

// Presets: named configurations in TOML, with the tables [model] and [train], whose keys are the
// fields of ModelConfig and TrainConfig. The files of presets/ are embedded in the program. The
// config.toml of a run is a preset, too, with a third table [run].

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "cli/run_record.h"
#include "model/config.h"
#include "train/config.h"

namespace pno::cli {

struct Preset {
  std::string_view name;  // file name without .toml
  std::string_view toml;
};

// The presets of presets/, by name. CMake generates this function from the files.
std::span<const Preset> embedded_presets();

// Sets the fields that the preset sets; the others keep their values. `which` is the name of an
// embedded preset, or a file whose name ends in .toml. Returns an error if a key is unknown, with
// the nearest name, or if a value is bad. [run] sets `record`; if that is null, it is not read.
Expected<void> apply_preset(const std::string& which, model::ModelConfig& model,
                            train::TrainConfig& train, RunRecord* record = nullptr);

// The same for TOML text; messages contain `name`.
Expected<void> apply_preset_text(std::string_view name, std::string_view toml,
                                 model::ModelConfig& model, train::TrainConfig& train,
                                 RunRecord* record = nullptr);

// "demo, paper, …".
std::string preset_names();

}  // namespace pno::cli
