#pragma once

// The default model of `pno generate`: models/ of the repository, installed with pno.

#include <string>

#include "base/error.h"

namespace pno::cli {

// models/piano.safetensors beside this executable (in a build folder), or
// ../share/pno/models/piano.safetensors from there (if installed; pno-serve: ../../share). Returns
// an error if neither exists.
Expected<std::string> default_model();

}  // namespace pno::cli
