#pragma once

// Music judged by how its features differ from those of real music, beside what real music differs
// from other real music.

#include <span>

#include "base/error.h"
#include "eval/real_excerpts.h"
#include "eval/set_comparison.h"

namespace pno::eval {

struct Judgement {
  SetComparison samples;  // against the reference
  SetComparison real;     // other real music against the reference: the ceiling
  std::array<Interval, kFeatures> reference_means;
};

// Each sample is a group. Returns an error if there are fewer than two, or after an interrupt.
Expected<Judgement> judge(std::span<const Excerpt> samples, const RealSets& real,
                          const CompareOptions& options);

}  // namespace pno::eval
