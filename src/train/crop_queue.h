#pragma once

// Training batches drawn ahead by a thread of its own, so that a step never waits for them. Their
// order is fixed: step s holds the crops (s-1)·batch … s·batch-1, whoever draws them and whenever.

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "corpus/crops.h"
#include "train/batch.h"
#include "train/config.h"

namespace pno::train {

// The crops of one step, in `accumulate` parts.
std::vector<Batch> draw_step(const corpus::CropSampler& sampler, const TrainConfig& config,
                             const events::Vocabulary& vocabulary, int context, std::int64_t step);

class CropQueue {
 public:
  // `sampler` outlives the queue, and draws crops of context + 1 tokens.
  CropQueue(const corpus::CropSampler& sampler, const TrainConfig& config,
            const events::Vocabulary& vocabulary, int context, std::int64_t first_step);
  ~CropQueue();
  CropQueue(const CropQueue&) = delete;
  CropQueue& operator=(const CropQueue&) = delete;

  // Waits where the thread is behind; throws what the thread threw (std::bad_alloc).
  std::vector<Batch> next();

 private:
  void draw_ahead(std::int64_t step);
  void draw_until_stopped(std::int64_t step);

  const corpus::CropSampler& sampler_;
  const TrainConfig config_;
  const events::Vocabulary vocabulary_;
  const int context_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<Batch>> ready_;  // guarded by mutex_
  std::exception_ptr failure_;            // guarded by mutex_
  bool stopping_ = false;                 // guarded by mutex_
  std::thread thread_;                    // last: it uses the members above
};

}  // namespace pno::train
