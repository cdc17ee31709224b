#include "base/interrupt.h"

#include <atomic>
#include <csignal>
#include <initializer_list>

namespace pno {
namespace {

std::atomic<bool> flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not lock");

extern "C" void raise_flag(int signal) {
  flag.store(true);
  std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    // An ignored signal stays ignored: nohup and background shells rely on it.
    if (std::signal(signal, raise_flag) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
}

bool interrupted() noexcept {
  return flag.load(std::memory_order_relaxed);
}

void set_interrupted(bool value) noexcept {
  flag.store(value);
}

}  // namespace pno
