#include "live/wake.h"

#include <algorithm>
#include <ctime>

namespace pno::live {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

}  // namespace

void Wake::wait(std::int64_t most_us) noexcept {
  if (most_us > 0 && ::sem_trywait(&semaphore_) != 0) {
    timespec until{};
    ::clock_gettime(CLOCK_MONOTONIC, &until);
    const std::int64_t at_ns = until.tv_nsec + most_us * 1000;
    until.tv_sec += at_ns / kNanoseconds;
    until.tv_nsec = at_ns % kNanoseconds;
    ::sem_clockwait(&semaphore_, CLOCK_MONOTONIC, &until);  // a signal also ends it
  }
  while (::sem_trywait(&semaphore_) == 0) {
  }
}

}  // namespace pno::live
