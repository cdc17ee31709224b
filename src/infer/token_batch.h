#pragma once

// The tokens that one pass over the weights reads, one row each: consecutive tokens of one
// sequence, or one token of each of several sequences.
//
// N rows

#include <cstdint>
#include <span>

#include "events/roles.h"
#include "events/vocabulary.h"
#include "infer/kv_cache.h"

namespace pno::infer {

// The roles of tokens: of each by itself, or one of all.
struct TokenRoles {
  std::span<const events::Role> each = {};  // empty: all have the role `all`
  events::Role all = events::Role::played;

  events::Role operator[](std::size_t i) const { return each.empty() ? all : each[i]; }
  // Of tokens first … first + count - 1.
  TokenRoles part(std::size_t first, std::size_t count) const {
    return {each.empty() ? each : each.subspan(first, count), all};
  }
};

// Tokens at the next positions of a cache.
struct TokenSequence {
  KvCache* cache = nullptr;
  std::span<const events::Token> tokens;
  TokenRoles roles = {};
};

class TokenBatch {
 public:
  // One sequence of any number of tokens, or several sequences of one token each with different
  // caches. `sequences` must outlive this.
  explicit TokenBatch(std::span<const TokenSequence> sequences);

  std::size_t size() const { return size_; }  // N
  bool is_one_sequence() const { return sequences_.size() == 1; }
  // Positions before it are the same in all caches.
  std::int64_t shared_prefix() const { return shared_prefix_; }

  // Of row n.
  KvCache& cache(std::size_t n) const { return *sequences_[is_one_sequence() ? 0 : n].cache; }
  std::int64_t position(std::size_t n) const {
    return cache(n).position() + (is_one_sequence() ? static_cast<std::int64_t>(n) : 0);
  }
  events::Token token(std::size_t n) const {
    return is_one_sequence() ? sequences_[0].tokens[n] : sequences_[n].tokens[0];
  }
  events::Role role(std::size_t n) const {
    return is_one_sequence() ? sequences_[0].roles[n] : sequences_[n].roles[0];
  }

  // Counts the tokens as read in every cache.
  void advance_caches() const;

 private:
  std::span<const TokenSequence> sequences_;
  std::size_t size_;
  std::int64_t shared_prefix_;
};

}  // namespace pno::infer
