#pragma once

// Training batches drawn ahead by a thread of its own, so that a step never waits for them. Their
// order is fixed: a step holds the `batch` crops after those of the step before, whoever draws them
// and whenever.

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

// The crops of one step, `first_crop` and those after it, in `accumulate` parts.
std::vector<Batch> draw_step(const corpus::CropSampler& sampler, const TrainConfig& config,
                             const events::Vocabulary& vocabulary, int context,
                             std::int64_t first_crop);

class CropQueue {
 public:
  // `sampler` outlives the queue, and draws crops of context + 1 tokens.
  CropQueue(const corpus::CropSampler& sampler, const TrainConfig& config,
            const events::Vocabulary& vocabulary, int context, std::int64_t first_crop);
  ~CropQueue();
  CropQueue(const CropQueue&) = delete;
  CropQueue& operator=(const CropQueue&) = delete;

  // Waits where the thread is behind; throws what the thread threw (std::bad_alloc).
  std::vector<Batch> next();

 private:
  void draw_ahead(std::int64_t first_crop);
  void draw_until_stopped(std::int64_t first_crop);

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
