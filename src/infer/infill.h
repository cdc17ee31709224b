#pragma once

// Fills a gap in a piece with music that knows what comes before and after it (docs/design.md
// section 2, infilling). The edges of the gap are exact: the grid of the past ends, and that of the
// future begins, at the edge.
//
// Music that is longer than kLongestGap_s is filled in parts from left to right: the last
// kLongestGap_s know the future, what comes before is a continuation. When the context is full in
// the middle of a gap, the session is prefilled again: what was played so far is the past of the
// gap that is left.

#include <cstdint>
#include <memory>
#include <span>

#include "base/progress.h"
#include "infer/engine.h"
#include "infer/role_music.h"

namespace pno::infer {

// The longest gap of training examples.
inline constexpr double kLongestGap_s = 20;
// The longest future of training examples.
inline constexpr double kLongestFuture_s = 15;
// Shares of the context: the most tokens of the future, the least of the past.
inline constexpr std::size_t kFutureShare = 4, kPastShare = 8;

struct Gap {
  // The notes of the piece without those that begin in the gap and leave it, sorted by (start,
  // pitch), and those that leave.
  std::span<const events::PlainNote> stays, leaves;
  std::int64_t from_us = 0, to_us = 0;  // notes that begin in from_us … to_us - 1 leave
  std::int64_t length_us = 0;           // of the new music; to_us - from_us if nothing moves
};

// New notes begin in from_us … from_us + length_us - 1 and end by from_us + length_us, but for
// pitches that sound across to_us in the piece: such a note ends when the original one does, moved
// like the music after the gap. Notes sound for at least a step. `progress` counts steps. Returns
// an error if the options are invalid, the gap is shorter than a step, the logits are not finite,
// or after an interrupt.
Expected<RoleMusic> fill_gap(const std::shared_ptr<const Engine>& engine, const Gap& gap,
                             const RoleMusicOptions& options, const ProgressFunction& progress);

}  // namespace pno::infer
