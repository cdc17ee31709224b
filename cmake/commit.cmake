# cmake -D SOURCE=… -D OUTPUT=… -P commit.cmake writes the source of pno::cli::build_commit(), if the commit
# has changed.
find_package(Git QUIET)
set(commit "")
if(GIT_FOUND)
  execute_process(COMMAND "${GIT_EXECUTABLE}" -C "${SOURCE}" rev-parse --show-toplevel
    OUTPUT_VARIABLE root OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  # A repository around the sources says nothing of them.
  if(root STREQUAL SOURCE)
    execute_process(COMMAND "${GIT_EXECUTABLE}" -C "${SOURCE}" describe --always --dirty --abbrev=12 --exclude=*
      OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" @ONLY CONTENT [[
// Written by CMake.

#include "cli/commit.h"

namespace pno::cli {

std::string_view build_commit() {
  return "@commit@";
}

}  // namespace pno::cli
]])
