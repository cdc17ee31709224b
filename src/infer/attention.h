#pragma once

// Attention of a few neighbouring positions over the cache, one head at a time; all four kinds of
// model/config.h.
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

// out [N, D] = attention of queries [N, D], already scaled by 1 / sqrt(D), at positions first …
// first + N - 1, whose keys and values are in the cache. 0 < N <= kAttentionRows. In int8, queries
// and shares of attention are quantised too, the latter in 14 bits.
void attend(const model::ModelConfig& config, const KvCache& cache, const AttentionHead& head,
            ConstMatrix queries, std::int64_t first, std::size_t N, Matrix out,
            AttentionScratch& scratch);

// Row n of out [N, D] = attention of query n [N, D] in piece n, to the bytes that attend() gives;
// the relative keys are read once for all. Positions before `common` are the same in all caches:
// where the pieces are at one position, the keys there, and in int8 the values, are read once for
// all, too. 0 < N <= kAttentionRows.
void attend_together(const model::ModelConfig& config, std::span<const PieceHead> pieces,
                     std::int64_t common, ConstMatrix queries, Matrix out,
                     AttentionScratch& scratch);

}  // namespace pno::infer
