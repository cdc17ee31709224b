#pragma once

// Work in a process of its own, so that its peak of memory is its own.

#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace pno::bench {

// What `work` returns, computed in a child of this process; an Error where it fails, throws or
// dies. This process must have started no threads: a child would not have them.
Expected<nlohmann::json> in_child(const std::function<Expected<nlohmann::json>()>& work);

}  // namespace pno::bench
