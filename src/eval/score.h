#pragma once

// Sums over the targets of a likelihood.

#include <cstdint>

namespace pno::eval {

struct Score {
  std::int64_t tokens = 0;     // targets
  double nll_sum = 0;          // nats
  double grammar_nll_sum = 0;  // nats, of the target among the allowed events
  std::int64_t hits = 0;       // targets with the greatest logit (top-1)

  double nll() const { return per_token(nll_sum); }
  double grammar_nll() const { return per_token(grammar_nll_sum); }
  double accuracy() const { return per_token(static_cast<double>(hits)); }
  void add(const Score& more) {
    tokens += more.tokens;
    nll_sum += more.nll_sum;
    grammar_nll_sum += more.grammar_nll_sum;
    hits += more.hits;
  }

 private:
  double per_token(double sum) const { return tokens > 0 ? sum / static_cast<double>(tokens) : 0; }
};

}  // namespace pno::eval
