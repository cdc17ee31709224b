#pragma once

// The place of this process among those that train together, and how long they wait for each
// other.

#include <optional>
#include <string>

namespace pno::train {

struct RankPlace {
  int rank = 0, size = 1;
  std::optional<int> local_rank = {};  // among those on its machine, where the launcher says it
  // Where rank 0 is found by the others. Not used by one process alone.
  std::string address = "127.0.0.1";
  int port = 29500;
  // torchrun keeps the store at address:port itself: rank 0 is a client of it like the others.
  bool launcher_has_store = false;
  int restart = 0;  // torchrun: how often it has started the processes again
};

struct RankOptions {
  RankPlace place;
  double timeout_s = 30;  // a rank of which nothing is heard for so long is gone
  double join_s = 300;    // that the ranks wait for each other when they begin
};

}  // namespace pno::train
