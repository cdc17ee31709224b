#pragma once

// Training examples of a model with roles: rows of tokens, each with its role, and the tokens that
// count as targets. docs/design.md section 2 ("Roles and controls") defines their format.

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

// A row. Token i is an input, and token i + 1 the one that follows it; the last is a target only.
struct Example {
  // Music of one piece. Tokens of a part follow from tokens of the same part only.
  struct Part {
    std::int32_t first = 0;  // position of its first token, which is never a target
    Task task = Task::plain;

    bool operator==(const Part&) const = default;
  };

  std::vector<events::Token> tokens;
  std::vector<events::Role> roles;    // of the tokens
  std::vector<std::uint8_t> targets;  // of the tokens: 1 if the loss counts its prediction
  std::vector<Part> parts;            // by position; the first begins at 0

  bool operator==(const Example&) const = default;
};

}  // namespace pno::corpus
