#include "infer/token_batch.h"

#include <algorithm>

namespace pno::infer {

TokenBatch::TokenBatch(std::span<const TokenSequence> sequences)
    : sequences_(sequences),
      size_(sequences.size() == 1 ? sequences[0].tokens.size() : sequences.size()),
      shared_prefix_(position(0)) {
  for (std::size_t n = 1; n < sequences.size(); ++n) {
    shared_prefix_ = std::min(shared_prefix_, cache(0).shared_prefix(cache(n)));
  }
}

void TokenBatch::advance_caches() const {
  for (const auto& sequence : sequences_) {
    sequence.cache->advance(static_cast<std::int64_t>(sequence.tokens.size()));
  }
}

}  // namespace pno::infer
