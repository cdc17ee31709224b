#pragma once

// The rank of this process among those that train together, and how long they wait for each other.

#include <optional>
#include <string>

namespace pno::train {

struct RankPlace {
  int rank = 0, size = 1;
  std::optional<int> local_rank = {};  // among those on its machine, if the launcher gives it
  // Of rank 0, for the others. Not used by the only rank.
  std::string address = "127.0.0.1";
  int port = 29500;
  // torchrun serves the store at address:port itself: rank 0 is a client of it like the others.
  bool launcher_has_store = false;
  int restart = 0;  // torchrun: how often it has restarted the processes
};

struct RankOptions {
  RankPlace place;
  // A rank that does not answer for so long is lost. Longer than a validation and a checkpoint of
  // rank 0 together.
  double timeout_s = 600;
  double join_s = 300;  // that the ranks wait for each other at the start
};

}  // namespace pno::train
