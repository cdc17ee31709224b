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
#include "train/config.h"
#include "train/step/batch.h"

namespace pno::train {

// Which of the `ranks` processes this is that share a step's batch: neighbours in it, as evenly as
// it goes.
struct RankShare {
  std::int64_t rank = 0, ranks = 1;

  std::int64_t first(std::int64_t count) const { return count * rank / ranks; }
  std::int64_t last(std::int64_t count) const { return count * (rank + 1) / ranks; }  // less one
};

// A share of the crops of one step, `first_crop` and those after it, in `accumulate` parts, or one
// for each crop where these are fewer.
std::vector<Batch> draw_step(const corpus::CropSampler& sampler, const TrainConfig& config,
                             const events::Vocabulary& vocabulary, int context,
                             std::int64_t first_crop, const RankShare& share = {});

class CropQueue {
 public:
  // `sampler` outlives the queue, and draws crops of context + 1 tokens.
  CropQueue(const corpus::CropSampler& sampler, const TrainConfig& config,
            const events::Vocabulary& vocabulary, int context, std::int64_t first_crop,
            const RankShare& share = {});
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
  const RankShare share_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<Batch>> ready_;  // guarded by mutex_
  std::exception_ptr failure_;            // guarded by mutex_
  bool stopping_ = false;                 // guarded by mutex_
  std::thread thread_;                    // last: it uses the members above
};

}  // namespace pno::train
