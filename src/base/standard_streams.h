#pragma once

// stdin and stdout as files of a command: "-", /dev/stdin, /dev/stdout.

#include <filesystem>
#include <string>

#include "base/error.h"

namespace pno {

// True for "-", /dev/stdin, /dev/fd/0 and /proc/self/fd/0. A file that is named "-" is "./-".
bool names_stdin(const std::filesystem::path& path);

// True for "-", /dev/stdout, /dev/fd/1 and /proc/self/fd/1.
bool names_stdout(const std::filesystem::path& path);

// Everything up to the end of stdin. Returns an error if it cannot be read, or of kind interrupted
// after Ctrl-C.
Expected<std::string> read_stdin();

}  // namespace pno
