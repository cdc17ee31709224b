#pragma once

// Attention of a few neighbouring positions over the cache, one head at a time; all four kinds of
// model/config.h.
//
// N queries, M positions that any of them sees, D head width, R max_distance, S slots

#include "infer/float_array.h"
#include "infer/kv_cache.h"
#include "infer/matrix_ops.h"
#include "model/config.h"

namespace pno::infer {

// Queries that attend together: a [N, M] block of logits is held, never more.
inline constexpr int kAttentionRows = 64;

// The oldest position that a query at `position` attends to.
std::int64_t oldest_visible(const model::ModelConfig& config, std::int64_t position);

// One thread's room for the logits.
class AttentionScratch {
 public:
  explicit AttentionScratch(const model::ModelConfig& config);
  static double memory_bytes(const model::ModelConfig& config);
  Matrix logits;       // [kAttentionRows, context + kAttentionRows]
  Matrix by_distance;  // [kAttentionRows, min(R, context)]

 private:
  FloatArray logits_, by_distance_;
};

struct AttentionHead {
  int layer = 0, head = 0;
  const float* relative_keys = nullptr;    // [R, D], or null
  const float* relative_values = nullptr;  // [R, D], or null
};

// out [N, D] = attention of queries [N, D], already scaled by 1 / sqrt(D), at positions first …
// first + N - 1, whose keys and values are in the cache. 0 < N <= kAttentionRows.
void attend(const model::ModelConfig& config, const KvCache& cache, const AttentionHead& head,
            ConstMatrix queries, std::int64_t first, std::size_t N, Matrix out,
            AttentionScratch& scratch);

}  // namespace pno::infer
