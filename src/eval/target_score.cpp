#include "eval/target_score.h"

#include <algorithm>
#include <cmath>

#include "events/grammar.h"

namespace pno::eval {

// With A the allowed events and g, a the greatest logit of all events and of A:
//   NLL of the target among A      log(sum over A of exp(logit - a)) + a - logit of the target
//   NLL of the target among all    log(exp(a - g) · the sum over A + the sum over the others of
//                                  exp(logit - g)) + g - logit of the target
// Subtracting a from the logits of A keeps their sum above 0, however unlikely A is.
Score score_target(std::span<const float> logits, events::Token target,
                   std::span<const std::uint64_t> allowed) {
  const auto is_allowed = [&](std::size_t i) {
    return i == target || events::mask_contains(allowed, static_cast<events::Token>(i));
  };
  float greatest = logits[target], greatest_allowed = logits[target];
  for (std::size_t i = 0; i < logits.size(); ++i) {
    greatest = std::max(greatest, logits[i]);
    if (is_allowed(i)) greatest_allowed = std::max(greatest_allowed, logits[i]);
  }
  float sum_of_allowed = 0, sum_of_others = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (is_allowed(i)) {
      sum_of_allowed += std::exp(logits[i] - greatest_allowed);
    } else {
      sum_of_others += std::exp(logits[i] - greatest);
    }
  }
  const double to_target = static_cast<double>(greatest) - static_cast<double>(logits[target]);
  const double to_allowed = static_cast<double>(greatest_allowed) - static_cast<double>(greatest);
  const double among_allowed = std::log(static_cast<double>(sum_of_allowed));
  return {.tokens = 1,
          .nll_sum = to_target + std::log(std::exp(to_allowed + among_allowed) +
                                          static_cast<double>(sum_of_others)),
          .grammar_nll_sum = to_target + to_allowed + among_allowed,
          .hits = logits[target] == greatest ? 1 : 0};
}

}  // namespace pno::eval
