#pragma once

// Counts how much of a piece has been drawn and tells when a limit is reached.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "events/vocabulary.h"

namespace pno::infer {

class PieceLength {
 public:
  // Limits as in GenerateOptions: seconds, tokens or both; 0: no limit. With seconds only, drawing
  // also ends after `max_tokens_per_second` tokens for each second.
  PieceLength(double seconds, std::int64_t tokens, std::int64_t max_tokens_per_second,
              const events::Vocabulary& vocabulary)
      : vocabulary_(vocabulary),
        max_steps_(seconds > 0 ? seconds * vocabulary.steps_per_second
                               : std::numeric_limits<double>::infinity()),
        max_tokens_(tokens > 0
                        ? tokens
                        : static_cast<std::int64_t>(std::ceil(seconds)) * max_tokens_per_second) {}

  void add(events::Token token) {
    const auto event = vocabulary_.event(token);
    if (event.kind == events::Kind::time_shift) steps_ += event.value;
    ++tokens_;
  }

  // If the last token is a TIME_SHIFT beyond the limit, shortens it to the limit, but to no less
  // than half a second, so that notes struck just before can be heard.
  void trim(std::vector<events::Token>& tokens) const {
    if (tokens.empty() || !(steps_ > max_steps_)) return;
    const auto last = vocabulary_.event(tokens.back());
    if (last.kind != events::Kind::time_shift) return;
    const int to_end = last.value - static_cast<int>(steps_ - max_steps_);
    const int min = std::min(last.value, std::max(vocabulary_.steps_per_second / 2, 1));
    tokens.back() = vocabulary_.time_shift(std::max(to_end, min));
  }

  bool is_enough() const { return tokens_ >= max_tokens_ || steps_ >= max_steps_; }
  bool is_too_dense() const { return tokens_ >= max_tokens_ && steps_ < max_steps_; }
  std::int64_t tokens() const { return tokens_; }

  // The estimated final number of tokens if the density of the music stays the same.
  std::int64_t expected_tokens() const {
    if (steps_ == 0 || std::isinf(max_steps_)) return max_tokens_;
    const double by_time = static_cast<double>(tokens_) * max_steps_ / steps_;
    return std::min(max_tokens_, std::max(tokens_, static_cast<std::int64_t>(by_time)));
  }

 private:
  events::Vocabulary vocabulary_;
  double max_steps_;
  std::int64_t max_tokens_;
  double steps_ = 0;
  std::int64_t tokens_ = 0;
};

}  // namespace pno::infer
