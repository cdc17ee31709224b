#pragma once

// Attention of pieces that are forks of one: what they share of their caches is read once for all.
//
// N forks, D head width

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "infer/attention_steps.h"

namespace pno::infer {

// Pieces at one position whose caches hold the same from some column of the logits on.
struct Forks {
  std::span<const PieceHead> pieces;
  KvCache::Runs slots;   // that each of them sees, in one run
  std::size_t fork = 0;  // columns before the first that is the same in all: whole panels
};

// The forks that `pieces` are, at the position of `block`, whose caches are the same before
// `common`; or none, where they are not at one position, or share too little.
std::optional<Forks> forks_of(std::span<const PieceHead> pieces, const QueryBlock& block,
                              std::int64_t common);

// out [N, D], to the bytes that attend() gives each alone. `by_distance` has q · E of each.
void attend_forks(const model::ModelConfig& config, const Forks& forks, const Queries& queries,
                  const QueryBlock& block, Matrix by_distance, Matrix out,
                  AttentionScratch& scratch);

}  // namespace pno::infer
