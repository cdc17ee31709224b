#pragma once

// A pool of threads for short tasks: a matrix-vector product takes about ten microseconds, so an
// idle worker spins for a while before it sleeps. One thread computes a whole task, so that the
// number of threads never changes a result.

#include <atomic>
#include <cstdint>
#include <thread>
#include <type_traits>
#include <vector>

namespace pno::infer {

class ThreadPool {
 public:
  // The calling thread of run() and `threads` - 1 more; fewer if the system cannot start them.
  explicit ThreadPool(int threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls work(task, worker) for every task in 0 … tasks-1, worker in 0 … threads()-1, and returns
  // when all are done. Does not allocate. Not thread-safe: one run at a time. `work` may not throw.
  template <class Work>
  void run(int tasks, Work&& work) {
    if (workers_.empty() || tasks < 2) {
      for (int task = 0; task < tasks; ++task) work(task, 0);
      return;
    }
    using Plain = std::remove_reference_t<Work>;
    distribute({[](const void* context, int task, int worker) {
                  (*const_cast<Plain*>(static_cast<const Plain*>(context)))(task, worker);
                },
                &work},
               tasks);
  }

 private:
  struct Job {
    void (*call)(const void* context, int task, int worker) = nullptr;
    const void* context = nullptr;
  };
  void distribute(const Job& job, int tasks);
  void take_tasks(int worker);
  void work(int worker);

  // `job_` is written while all tasks are claimed and done, and read only by a thread that has
  // claimed one: the release store to unclaimed_ publishes it. A late worker that claims a task of
  // the next run reads the job of that run.
  Job job_;
  std::atomic<std::uint32_t> unclaimed_{0};   // tasks not yet claimed by a thread
  std::atomic<std::uint32_t> unfinished_{0};  // tasks not yet done
  std::vector<std::thread> workers_;
};

}  // namespace pno::infer
