#pragma once

// The keys, values and relative tables of one head.
//
// D head width, R max_distance, S slots

#include <cstdint>

#include "infer/kv_cache.h"

namespace pno::infer {

struct AttentionHead {
  HeadRows keys, values;                    // [S, D], the ring
  HeadRows relative_keys, relative_values;  // [R, D], or nothing
};

// The same head of another piece, with one query at its newest position.
struct PieceHead {
  const KvCache* cache = nullptr;
  std::int64_t position = 0;
  AttentionHead head;  // relative tables of one head: the same in all pieces
};

}  // namespace pno::infer
