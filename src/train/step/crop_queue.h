#pragma once

// Training batches, drawn ahead by a background thread so that a step does not wait for them. Their
// order is fixed: each step has the `batch` crops after those of the previous step, on every
// thread.

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "corpus/crops.h"
#include "corpus/examples/examples.h"
#include "train/config.h"
#include "train/step/batch.h"

namespace pno::train {

// The part of a step's batch that rank `rank` of `ranks` processes computes: neighbouring crops, as
// many for each rank as possible.
struct RankShare {
  std::int64_t rank = 0, ranks = 1;

  // Of `count` crops, this rank has [first, end).
  std::int64_t first(std::int64_t count) const { return count * rank / ranks; }
  std::int64_t end(std::int64_t count) const { return count * (rank + 1) / ranks; }
};

struct CropSource {
  // Outlives the source; draws crops or, for a model with roles, examples of context + 1 tokens.
  std::variant<const corpus::CropSampler*, const corpus::ExampleSampler*> sampler;
  TrainConfig config;
  events::Vocabulary vocabulary;
  int context;
  RankShare share = {};
};

// This rank's crops of the step that begins at crop `first_crop`, in `accumulate` parts; in as many
// parts as crops if there are fewer.
std::vector<Batch> draw_step(const CropSource& source, std::int64_t first_crop);

class CropQueue {
 public:
  CropQueue(const CropSource& source, std::int64_t first_crop);
  ~CropQueue();
  CropQueue(const CropQueue&) = delete;
  CropQueue& operator=(const CropQueue&) = delete;

  // The batch of the next step. Waits until the thread has drawn it. Throws what the thread threw
  // (std::bad_alloc).
  std::vector<Batch> next();

 private:
  void draw_ahead(std::int64_t first_crop);
  void draw_until_stopped(std::int64_t first_crop);

  const CropSource source_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<Batch>> ready_;  // guarded by mutex_
  std::exception_ptr failure_;            // guarded by mutex_
  bool stopping_ = false;                 // guarded by mutex_
  std::thread thread_;                    // last: it uses the members above
};

}  // namespace pno::train
