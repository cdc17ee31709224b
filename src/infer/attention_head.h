#pragma once

// The inputs of attention for one head.
//
// D head width, R max_distance, S slots

#include <cstdint>

#include "infer/kv_cache.h"

namespace pno::infer {

struct AttentionHead {
  HeadRows keys, values;                    // [S, D], the ring of the cache
  HeadRows relative_keys, relative_values;  // [R, D], or empty
};

// One head of one of several sequences, each with one query at its newest position.
struct SequenceHead {
  const KvCache* cache = nullptr;
  std::int64_t position = 0;
  AttentionHead head;  // with the same relative tables in all sequences
};

}  // namespace pno::infer
