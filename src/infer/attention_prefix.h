#pragma once

// Attention of several sequences whose caches share a prefix: it is read once for all of them. Do
// not allocate, lock or throw.
//
// N sequences, D head width

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "infer/attention_steps.h"

namespace pno::infer {

// Sequences at one position whose caches share a prefix. Columns of the scores are in ascending
// distance: the first `own_columns` belong to each sequence, the rest is the shared prefix.
struct PrefixGroup {
  std::span<const SequenceHead> sequences;
  CacheSlots slots;             // of every sequence; one range
  std::size_t own_columns = 0;  // full panels
};

// The group that `sequences` are, whose caches are the same before `shared_prefix`. Empty if they
// are not at one position, or share too little. `block` is the query of the first.
std::optional<PrefixGroup> find_prefix_group(std::span<const SequenceHead> sequences,
                                             const QueryBlock& block, std::int64_t shared_prefix);

struct PrefixAttention {
  const PrefixGroup& group;
  const QueryBlock& block;
  const Queries& queries;  // [N, D]
  Matrix relative;         // [N, distances], q · E by distance; empty without relative keys
  Matrix out;              // [N, D]
};

// Row n of `out` has the bytes that attend() gives for sequence n.
void attend_prefix_group(const PrefixAttention& attention, AttentionScratch& scratch);

}  // namespace pno::infer
