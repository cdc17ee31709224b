#pragma once

// Runs work in a child process, so that its peak memory is measured separately.

#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace pno::bench {

// Returns the result of `work`, computed in a child process, or an error if it fails, throws or
// dies. Call it before starting threads: a child process would not have them.
Expected<nlohmann::json> in_child(const std::function<Expected<nlohmann::json>()>& work);

}  // namespace pno::bench
