#pragma once

// A Markov model of events, the baseline of docs/quality.md: the probability of an event by the
// counts of the events after the last `order` ones, interpolated with shorter contexts down to the
// uniform distribution (Witten and Bell, 1991):
//
//   p_k(w | h) = (c(h w) + T(h) p_{k-1}(w | h')) / (c(h) + T(h))
//
// with c(h) the times that the context h of k events was seen, T(h) the number of different events
// after it, and h' the context without its oldest event.

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "events/vocabulary.h"

namespace pno::tools {

class MarkovModel {
 public:
  static constexpr int kMostOrder = 5;

  MarkovModel(int order, std::size_t vocabulary_size);

  // Counts a piece. finish() after the last one, before any question.
  void add(std::span<const events::Token> tokens);
  void finish();

  // Of `next` after `before`, of which the last `order` events are looked at.
  double probability(std::span<const events::Token> before, events::Token next) const;

  // Of all events; their sum is 1.
  std::vector<double> probabilities(std::span<const events::Token> before) const;

 private:
  struct Counts {                     // of the events after the contexts of one length, sorted
    std::vector<std::uint64_t> keys;  // context and event, kBits each, the oldest uppermost
    std::vector<std::uint32_t> counts;
  };
  struct Followers {  // of one context
    std::span<const std::uint64_t> keys;
    std::span<const std::uint32_t> counts;
    double total = 0;
  };
  Followers followers(std::span<const events::Token> context) const;

  std::vector<events::Token> tokens_;      // of all pieces, until finish()
  std::vector<std::size_t> piece_begins_;  // in tokens_
  int order_;
  std::size_t vocabulary_size_;
  std::vector<Counts> by_length_;  // of contexts of 0, 1, …, order events
};

}  // namespace pno::tools
