#pragma once

// The score of one target, from one row of logits. Does not allocate.

#include <cstdint>
#include <span>

#include "eval/score.h"
#include "events/vocabulary.h"

namespace pno::eval {

// Bits of `allowed` as in events/grammar.h. The target counts as allowed, whatever its bit says.
Score score_target(std::span<const float> logits, events::Token target,
                   std::span<const std::uint64_t> allowed);

}  // namespace pno::eval
