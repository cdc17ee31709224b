#pragma once

// Presets: named configurations, written as TOML with the tables [model] and [train], whose keys
// are the fields of ModelConfig and TrainConfig. Those of presets/ are part of the program.

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "model/config.h"
#include "train/config.h"

namespace pno::cli {

struct Preset {
  std::string_view name;  // of the file, without .toml
  std::string_view toml;
};

// Those of presets/, by name. CMake writes the function from the files.
std::span<const Preset> embedded_presets();

// Sets what the preset sets; the rest stays. `which` is the name of an embedded preset or a file
// whose name ends in .toml. An unknown key is an Error that names the nearest one.
Expected<void> apply_preset(const std::string& which, model::ModelConfig& model,
                            train::TrainConfig& train);

// The same from TOML text; `name` stands in messages.
Expected<void> apply_preset_text(std::string_view name, std::string_view toml,
                                 model::ModelConfig& model, train::TrainConfig& train);

// "demo, paper, …".
std::string preset_names();

}  // namespace pno::cli
