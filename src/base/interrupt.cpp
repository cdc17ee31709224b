#include "base/interrupt.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <initializer_list>

namespace pno {
namespace {

std::atomic<bool> flag{false}, patient{false};
std::atomic<int> signals{0};
std::atomic<std::int64_t> first_ms{0}, last_ms{0};
static_assert(std::atomic<std::int64_t>::is_always_lock_free, "a signal handler may not lock");

// Written before the handler is installed.
std::array<char, 256> line{};
std::size_t line_bytes = 0;

std::int64_t now_ms() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);  // allowed in a signal handler
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

void write_line() noexcept {
  const int before = errno;
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line_bytes);
  errno = before;
}

extern "C" void take_signal(int signal) {
  const auto now = now_ms();
  const int number = signals.load() + 1;
  if (number > 1 && now - last_ms.load() < kOneSignalMs) return;
  signals.store(number);
  last_ms.store(now);
  flag.store(true);
  if (number == 1) first_ms.store(now);
  const bool is_last = patient.load()
                           ? number > 2 || (number == 2 && now - first_ms.load() >= kPatienceMs)
                           : number > 1;
  if (is_last) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);  // is delivered when this returns
  } else if (line_bytes > 0) {
    write_line();
  }
}

void install() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    // An ignored signal stays ignored: nohup and background shells rely on it.
    if (std::signal(signal, take_signal) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
}

}  // namespace

void catch_interrupts() {
  patient.store(false);
  line_bytes = 0;
  install();
}

void catch_interrupts_patiently(std::string_view sentence) {
  constexpr std::string_view kClear = "\r\033[K";  // a progress line may be there
  constexpr std::size_t kMostBytes = 200;
  line_bytes = 0;
  const auto add = [](std::string_view text) {
    std::copy(text.begin(), text.end(), line.begin() + static_cast<std::ptrdiff_t>(line_bytes));
    line_bytes += text.size();
  };
  if (!sentence.empty()) {
    if (::isatty(STDERR_FILENO) == 1) add(kClear);
    add(sentence.substr(0, kMostBytes));
    add("\n");
  }
  patient.store(true);
  install();
}

bool interrupted() noexcept {
  return flag.load(std::memory_order_relaxed);
}

void set_interrupted(bool value) noexcept {
  if (!value) signals.store(0);
  flag.store(value);
}

}  // namespace pno
