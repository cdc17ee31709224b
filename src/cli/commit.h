#pragma once

#include <string_view>

namespace pno::cli {

// The git commit that this program was built from, with "-dirty" if files had changed since; empty
// if the sources were not in a git repository. CMake generates this function at every build
// (cmake/commit.cmake).
std::string_view build_commit();

}  // namespace pno::cli
