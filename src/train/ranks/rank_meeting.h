#pragma once

// How the ranks of a run wait for each other before its first step: each puts a text in the store,
// and all read the texts of all.

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "train/rank_options.h"
#include "train/ranks/rank_store.h"

namespace pno::train {

struct RankMeeting {
  const RankPlace& place;
  std::string name;  // each meeting of a run has another
  double timeout_s = 300;
  bool interruptible = true;  // else a signal waits until the meeting ends
  // Rank 0 calls it once, after seconds, with a sentence that says which ranks are missing.
  std::function<void(const std::string&)> say = {};
};

// The texts of all ranks, in their order. Returns an error if one is missing after the timeout, if
// two processes have the same rank, or if interrupted. Throws if the store is lost.
Expected<std::vector<std::string>> meet(RankStore& store, const RankMeeting& meeting,
                                        const std::string& own);

}  // namespace pno::train
