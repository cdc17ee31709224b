#pragma once

// The model that plays where none is named: it comes with pno, in models/ of the repository.

#include <string>

#include "base/error.h"

namespace pno::cli {

// models/piano.safetensors beside this executable, as in a build folder, or
// ../share/pno/models/piano.safetensors from there, as installed; an Error that says what to name
// instead where neither is there.
Expected<std::string> default_model();

}  // namespace pno::cli
