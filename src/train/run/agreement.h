#pragma once

// What the ranks of a run decide together.

#include "base/fields.h"
#include "train/ranks/ranks.h"

namespace pno::train {

// Before the first step: an error on all ranks if one could not prepare, or if one prepared for
// another configuration than rank 0. `own` is this rank's configuration, or its error.
Expected<void> agree_to_begin(Ranks& ranks, const Expected<TextFields>& own);

}  // namespace pno::train
