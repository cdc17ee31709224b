#pragma once

// One piece's memory: the keys and values that attention looks back at, in rings, and how many
// positions have been read.
//
// D head width, S slots
//
// Slots are filled downwards: position p lies in slot S - 1 - p mod S, so that from the newest
// position on, ascending memory is ascending distance, as in a relative table. A row of logits and
// a row of q · E then add up without being turned round.
//
// In float32, keys and values are [layer][head][S][D]. In bf16 and int8 they are panels
// (infer/kernels/panels.h): the keys' rows are the slots, the values' rows are the channels, each
// as long as the ring; in int8 every key and every value has a scale, [layer][head][S].

#include <array>
#include <cstddef>
#include <cstdint>

#include "infer/kernels/aligned_array.h"
#include "infer/kernels/thread_pool.h"
#include "infer/lineage.h"
#include "infer/weights.h"
#include "model/config.h"

namespace pno::infer {

class KvCache {
 public:
  // Room for at least so many slots. `precision` is not automatic.
  KvCache(const model::ModelConfig& config, std::size_t slots, Precision precision);

  // Writes where the first position goes. The kernel clears memory when it is first written, in
  // huge pages that have something of most heads: all threads see to it here, not one as it reads.
  void take_memory(ThreadPool& pool);

  // Positions read so far: the next one's.
  std::int64_t position() const { return position_; }
  void advance(std::int64_t count);

  // Positions from `position` on are forgotten. To see a whole context from there, no position that
  // it shows may have been overwritten: earliest_rewind() or later, or 0.
  void rewind(std::int64_t position);
  std::int64_t earliest_rewind() const;
  void clear();

  // The same positions as `other`, of the same shape. Copies only what has been read.
  void copy_from(const KvCache& other);
  // The positions before it are the same in both, as far as both still hold them.
  std::int64_t common(const KvCache& other) const { return lineage_.common(other.lineage_); }

  static double memory_bytes(const model::ModelConfig& config, std::size_t slots,
                             Precision precision);

  HeadRows keys(int layer, int head) const;
  HeadRows values(int layer, int head) const;

  // Positions newest, newest - 1, … (count of them) as one or two runs of slots. Runs are whole
  // panels: they begin `lead` slots before the newest one, and may go on behind the oldest.
  struct Run {
    std::size_t slot = 0, size = 0;
  };
  struct Runs {
    std::array<Run, 2> runs;
    std::size_t lead = 0;
    std::size_t size() const { return runs[0].size + runs[1].size; }
  };
  Runs runs(std::int64_t newest, std::size_t count) const;

  // Writes a position's keys and values, [A] each, head by head.
  void put(int layer, std::int64_t position, const float* keys, const float* values);

 private:
  std::size_t slot(std::int64_t position) const {
    return slots_ - 1 - static_cast<std::size_t>(position) % slots_;
  }
  std::size_t head_index(int layer, int head) const {
    return static_cast<std::size_t>(layer) * static_cast<std::size_t>(heads_) +
           static_cast<std::size_t>(head);
  }
  void put_in_head(std::size_t head, std::size_t slot, const float* key, const float* value);
  void put_rows(std::size_t head, std::size_t slot, const float* key, const float* value);
  void put_panels(std::size_t head, std::size_t slot, const float* key, const float* value);

  Precision precision_;
  int layers_, heads_, context_;
  std::size_t head_width_, slots_;
  std::size_t key_bytes_, value_bytes_;  // of a head
  AlignedArray<std::byte> keys_, values_;
  FloatArray key_scales_, value_scales_;  // of int8
  Lineage lineage_;
  std::int64_t position_ = 0;
  std::int64_t furthest_ = 0;  // the greatest position_ since clear(): what has been overwritten
};

}  // namespace pno::infer
