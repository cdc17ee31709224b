#pragma once

// One piece's memory: the keys and values that attention looks back at, in rings, and how many
// positions have been read.
//
// D head width, S slots
//
// keys and values: [layer][head][S][D]. Slots are filled downwards: position p lies in slot
// S - 1 - p mod S, so that from the newest position on, ascending memory is ascending distance, as
// in a relative table. A row of logits and a row of q · E then add up without being turned round.

#include <array>
#include <cstddef>
#include <cstdint>

#include "infer/float_array.h"
#include "model/config.h"

namespace pno::infer {

class KvCache {
 public:
  KvCache(const model::ModelConfig& config, std::size_t slots);

  // Positions read so far: the next one's.
  std::int64_t position() const { return position_; }
  void advance(std::int64_t count);

  // Positions from `position` on are forgotten. To see a whole context from there, no position that
  // it shows may have been overwritten: earliest_rewind() or later, or 0.
  void rewind(std::int64_t position) { position_ = position; }
  std::int64_t earliest_rewind() const;
  void clear() { position_ = furthest_ = 0; }

  // The same positions as `other`, of the same shape. Copies only what has been read.
  void copy_from(const KvCache& other);

  static double memory_bytes(const model::ModelConfig& config, std::size_t slots);

  std::size_t slots() const { return slots_; }
  std::size_t slot(std::int64_t position) const {
    return slots_ - 1 - static_cast<std::size_t>(position) % slots_;
  }

  // The ring of a head: [S, D].
  float* keys(int layer, int head) { return keys_.get() + offset(layer, head); }
  float* values(int layer, int head) { return values_.get() + offset(layer, head); }
  const float* keys(int layer, int head) const { return keys_.get() + offset(layer, head); }
  const float* values(int layer, int head) const { return values_.get() + offset(layer, head); }

  // Positions newest, newest - 1, … (count of them, at most S) as one or two runs of slots.
  struct Run {
    std::size_t slot = 0, size = 0;
  };
  std::array<Run, 2> runs(std::int64_t newest, std::size_t count) const;

  // Writes a position's keys and values, [A] each, head by head.
  void put(int layer, std::int64_t position, const float* keys, const float* values);

 private:
  std::size_t offset(int layer, int head) const {
    return static_cast<std::size_t>(layer * heads_ + head) * slots_ * head_width_;
  }

  int layers_, heads_, context_;
  std::size_t head_width_, slots_;
  FloatArray keys_, values_;
  std::int64_t position_ = 0;
  std::int64_t furthest_ = 0;  // the greatest position_ since clear(): what has been overwritten
};

}  // namespace pno::infer
