#pragma once

// How much of a piece has been drawn, and whether it is enough.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "events/vocabulary.h"

namespace pno::infer {

class PieceLength {
 public:
  // Limits as in GenerateOptions: seconds or tokens or both; 0: none. With seconds alone, drawing
  // also ends after `most_tokens_per_second` for each.
  PieceLength(double seconds, std::int64_t tokens, std::int64_t most_tokens_per_second,
              const events::Vocabulary& vocabulary)
      : vocabulary_(vocabulary),
        most_steps_(seconds > 0 ? seconds * vocabulary.steps_per_second
                                : std::numeric_limits<double>::infinity()),
        most_tokens_(tokens > 0
                         ? tokens
                         : static_cast<std::int64_t>(std::ceil(seconds)) * most_tokens_per_second) {
  }

  void add(events::Token token) {
    const auto event = vocabulary_.event(token);
    if (event.kind == events::Kind::time_shift) steps_ += event.value;
    ++tokens_;
  }

  // Shortens the last of the tokens where it is a TIME_SHIFT beyond the end: to the end, or to half
  // a second, so that what was struck shortly before can be heard.
  void trim(std::vector<events::Token>& tokens) const {
    if (tokens.empty() || !(steps_ > most_steps_)) return;
    const auto last = vocabulary_.event(tokens.back());
    if (last.kind != events::Kind::time_shift) return;
    const int to_end = last.value - static_cast<int>(steps_ - most_steps_);
    const int least = std::min(last.value, std::max(vocabulary_.steps_per_second / 2, 1));
    tokens.back() = vocabulary_.time_shift(std::max(to_end, least));
  }

  bool is_enough() const { return tokens_ >= most_tokens_ || steps_ >= most_steps_; }
  bool is_too_dense() const { return tokens_ >= most_tokens_ && steps_ < most_steps_; }
  std::int64_t tokens() const { return tokens_; }

  // Tokens there will be if the music goes on as densely as it began.
  std::int64_t expected_tokens() const {
    if (steps_ == 0 || std::isinf(most_steps_)) return most_tokens_;
    const double by_time = static_cast<double>(tokens_) * most_steps_ / steps_;
    return std::min(most_tokens_, std::max(tokens_, static_cast<std::int64_t>(by_time)));
  }

 private:
  events::Vocabulary vocabulary_;
  double most_steps_;
  std::int64_t most_tokens_;
  double steps_ = 0;
  std::int64_t tokens_ = 0;
};

}  // namespace pno::infer
