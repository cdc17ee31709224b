#pragma once

// Attention of a few neighbouring positions over the cache, one head at a time; all four kinds of
// model/config.h.
//
// N queries, M positions that any of them sees, D head width, R max_distance, S slots

#include <cstddef>
#include <cstdint>
#include <span>

#include "infer/aligned_array.h"
#include "infer/kv_cache.h"
#include "infer/matrix_ops.h"
#include "infer/panel_ops.h"
#include "model/config.h"

namespace pno::infer {

// Queries that attend together: a [N, M] block of logits is held, never more.
inline constexpr int kAttentionRows = 64;

// The oldest position that a query at `position` attends to.
std::int64_t oldest_visible(const model::ModelConfig& config, std::int64_t position);

// One thread's room.
class AttentionScratch {
 public:
  AttentionScratch(const model::ModelConfig& config, Precision precision);
  static double memory_bytes(const model::ModelConfig& config, Precision precision);
  Matrix logits;       // [kAttentionRows, a context and a block, in panels]
  Matrix by_distance;  // [kAttentionRows, min(R, context), in panels]
  // In int8 alone.
  QuantisedRows queries;  // [kAttentionRows, D]
  QuantisedRows shares;   // [2 · kAttentionRows, as long as logits], two digits each
  Matrix digits;          // [2 · kAttentionRows, D], what their product with the values is
  std::int32_t* whole_sums = nullptr;  // the same in whole numbers, D rounded up to whole panels

 private:
  FloatArray floats_;
  AlignedArray<std::byte> numbers_;
  AlignedArray<std::int32_t> sums_, whole_sums_;
};

struct AttentionHead {
  HeadRows keys, values;                    // [S, D], the ring
  HeadRows relative_keys, relative_values;  // [R, D], or nothing
};

// out [N, D] = attention of queries [N, D], already scaled by 1 / sqrt(D), at positions first …
// first + N - 1, whose keys and values are in the cache. 0 < N <= kAttentionRows. In int8, queries
// and shares of attention are quantised too, the latter in 14 bits.
void attend(const model::ModelConfig& config, const KvCache& cache, const AttentionHead& head,
            ConstMatrix queries, std::int64_t first, std::size_t N, Matrix out,
            AttentionScratch& scratch);

// The same head of another piece, with one query at its newest position.
struct PieceHead {
  const KvCache* cache = nullptr;
  std::int64_t position = 0;
  AttentionHead head;  // relative tables of one head: the same in all pieces
};

// Row n of out [N, D] = attention of query n [N, D] in piece n, to the bytes that attend() gives;
// the relative keys are read once for all. Positions before `common` are the same in all caches:
// where the pieces are at one position, the keys there, and in int8 the values, are read once for
// all, too. 0 < N <= kAttentionRows.
void attend_together(const model::ModelConfig& config, std::span<const PieceHead> pieces,
                     std::int64_t common, ConstMatrix queries, Matrix out,
                     AttentionScratch& scratch);

}  // namespace pno::infer
