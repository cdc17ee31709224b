#pragma once

// The pairs of a listening test: drawn from the pieces of several systems, the same for the same
// seed, so that the page of the test need not say which system a sound is of.

#include <cstdint>
#include <string>
#include <vector>

namespace pno::eval {

struct ListeningSystem {
  std::string name;
  std::vector<std::string> pieces;  // names; one at least
};

struct ListeningSide {
  std::size_t system = 0, piece = 0;
};

struct ListeningPair {
  ListeningSide first, second;  // in the order in which they are offered
};

// Every two systems are compared equally often, to within one pair, in random order and on random
// sides. If the second system has a piece with the name of the first one's (a continuation of the
// same prime), the two are a pair. Two systems or more.
std::vector<ListeningPair> draw_listening_pairs(const std::vector<ListeningSystem>& systems,
                                                std::size_t count, std::uint64_t seed);

}  // namespace pno::eval
