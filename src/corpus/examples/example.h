#pragma once

// A training example of a model with roles: tokens of one piece, each with its role, and the tokens
// that count as targets. docs/design.md section 2 ("Roles and controls") defines their format.

#include <array>
#include <cstdint>
#include <vector>

#include "events/roles.h"
#include "events/vocabulary.h"

namespace pno::corpus {

enum class Task : std::uint8_t {
  plain,      // music, all played
  infill,     // a gap is filled, knowing what comes before and after it
  accompany,  // another player plays an announced melody
  realise,    // an announced melody is played with its accompaniment
  duet        // another player plays what is not announced
};
constexpr auto enum_names(Task) {
  return std::array{"plain", "infill", "accompany", "realise", "duet"};
}
inline constexpr int kTasks = 5;

// Token i is an input, and token i + 1 the one that follows it; the last is a target only.
struct Example {
  Task task = Task::plain;
  std::vector<events::Token> tokens = {};
  std::vector<events::Role> roles = {};    // of the tokens
  std::vector<std::uint8_t> targets = {};  // of the tokens: 1 if the loss counts its prediction;
                                           // the first never counts

  bool operator==(const Example&) const = default;
};

}  // namespace pno::corpus
