#pragma once

// A batch of token sequences of one length, and the positions that have a target.

#include <cstdint>
#include <span>
#include <vector>

#include "corpus/examples/example.h"
#include "events/grammar.h"

namespace pno::train {

struct Batch {
  std::int64_t rows = 0, length = 0;
  std::int64_t first_row = 0;           // index of row 0 in the step's batch
  std::vector<std::int64_t> inputs;     // [rows, length], padded with EOS
  std::vector<std::int64_t> roles;      // [rows, length], events::Role; empty: all `played`
  std::vector<std::int64_t> targets;    // one for each position of target_at
  std::vector<std::int64_t> target_at;  // row · length + position, ascending
  // For each target the events that the grammar allows (events::Grammar::allowed), as 64-bit words
  // in the type that LibTorch has for them. Empty: all.
  std::vector<std::int64_t> allowed;
  std::vector<std::int64_t> groups;  // TaskGroup of each target; empty: not known

  // Adds a row of the first `music` tokens, with tokens[1 .. music-1] as targets. The rest of the
  // row is padding. All events are allowed.
  void add(std::span<const events::Token> tokens, std::size_t music, events::Token padding);
  // The same, with the events that are allowed. `grammar` has read what came before tokens[0]. The
  // tokens are as encode() writes them. Either all rows of a batch are added so, or none.
  void add(std::span<const events::Token> tokens, std::size_t music, events::Grammar grammar);
  // An example of a model with roles, with its targets, the events that are allowed, and groups.
  // All rows of a batch are examples, or none.
  void add(const corpus::Example& example, const events::Vocabulary& vocabulary);
};

}  // namespace pno::train
