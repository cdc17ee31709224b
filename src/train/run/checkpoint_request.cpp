#include "train/run/checkpoint_request.h"

#include <atomic>
#include <csignal>

namespace pno::train {
namespace {

std::atomic<bool> requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler must not lock");

extern "C" void keep_request(int) {
  requested.store(true);
}

}  // namespace

void catch_checkpoint_requests() {
  struct sigaction action {};
  action.sa_handler = keep_request;
  action.sa_flags = SA_RESTART;  // an interrupted write() is restarted
  ::sigaction(SIGUSR1, &action, nullptr);
}

bool take_checkpoint_request() noexcept {
  return requested.exchange(false);
}

}  // namespace pno::train
