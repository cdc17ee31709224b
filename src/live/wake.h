#pragma once

// Wakes a thread that waits with a time limit. post() does not allocate, lock or throw: it is an
// atomic increment and, if the thread waits, a system call that wakes it.

#include <semaphore.h>

#include <cstdint>

namespace pno::live {

class Wake {
 public:
  Wake() { ::sem_init(&semaphore_, /*pshared=*/0, /*value=*/0); }
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;
  ~Wake() { ::sem_destroy(&semaphore_); }

  void post() noexcept { ::sem_post(&semaphore_); }

  // Returns after post(), also one since the last wait, or after `most_us` microseconds.
  void wait(std::int64_t most_us) noexcept;

 private:
  ::sem_t semaphore_{};
};

}  // namespace pno::live
