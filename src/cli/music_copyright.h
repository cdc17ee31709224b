#pragma once

// The copyright text of MIDI that a model played.

#include <string>

#include "base/fields.h"

namespace pno::cli {

// `metadata` is that of the model. Empty if it does not name the licence of its training data.
inline std::string music_copyright(const TextFields& metadata) {
  const auto licence = metadata.find("data.licence");
  const bool known = licence != metadata.end() && !licence->second.empty();
  return known ? "Made by a model trained on music under " + licence->second : "";
}

}  // namespace pno::cli
