#pragma once

// Attention over the cache, one head at a time, for the four kinds of model/config.h. Do not
// allocate, lock or throw.
//
// N queries, D head width

#include <cstddef>
#include <cstdint>
#include <span>

#include "infer/attention_head.h"
#include "infer/attention_scratch.h"
#include "infer/kernels/matrix_ops.h"
#include "infer/kv_cache.h"
#include "model/config.h"

namespace pno::infer {

// Consecutive queries of one sequence.
struct SequenceAttention {
  const model::ModelConfig& config;
  const KvCache& cache;  // holds the keys and values of all positions up to the last query
  AttentionHead head;
  std::int64_t first = 0;  // position of query 0
  std::size_t N = 0;       // 1 … kAttentionRows
  ConstMatrix queries;     // [N, D], already scaled by 1 / sqrt(D)
  Matrix out;              // [N, D]
};

// In int8, queries are quantised to 8 bits and attention weights to 14.
void attend(const SequenceAttention& attention, AttentionScratch& scratch);

// One query in each of N sequences, 1 … kAttentionRows.
struct BatchAttention {
  const model::ModelConfig& config;
  std::span<const SequenceHead> sequences;
  std::int64_t shared_prefix = 0;  // positions before it are the same in all caches
  ConstMatrix queries;             // [N, D], already scaled by 1 / sqrt(D)
  Matrix out;                      // [N, D]
};

// Row n of `out` has the bytes that attend() gives for sequence n. Reads the relative keys once for
// all sequences; if all are at one position, also the keys of the shared prefix, and in int8 its
// values.
void attend_batch(const BatchAttention& attention, AttentionScratch& scratch);

}  // namespace pno::infer
