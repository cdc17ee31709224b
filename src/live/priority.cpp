#include "live/priority.h"

#include <pthread.h>
#include <sched.h>

namespace pno::live {
namespace {

constexpr int kPriority = 60;  // JACK has 70

}  // namespace

bool use_real_time_priority() noexcept {
  const sched_param priority{.sched_priority = kPriority};
  return ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &priority) == 0;
}

}  // namespace pno::live
