#include "base/standard_streams.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/interrupt.h"

namespace pno {
namespace {

// Returns true if there is something to read, or the end; false if interrupted.
bool wait_for_stdin() {
  constexpr int kLookMs = 100;  // a signal just before poll() does not wake it
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  while (!interrupted()) {
    if (::poll(&input, 1, kLookMs) > 0) return true;
  }
  return false;
}

}  // namespace

bool names_stdin(const std::filesystem::path& path) {
  return path == "-" || path == "/dev/stdin" || path == "/dev/fd/0" || path == "/proc/self/fd/0";
}

bool names_stdout(const std::filesystem::path& path) {
  return path == "-" || path == "/dev/stdout" || path == "/dev/fd/1" || path == "/proc/self/fd/1";
}

Expected<std::string> read_stdin() {
  std::string text;
  std::array<char, 65536> block{};
  while (true) {
    if (!wait_for_stdin()) return fail_interrupted("interrupted; nothing was written");
    const ssize_t count = ::read(STDIN_FILENO, block.data(), block.size());
    if (count == 0) return text;
    if (count < 0) return fail("stdin: cannot be read: {}", std::generic_category().message(errno));
    text.append(block.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace pno
