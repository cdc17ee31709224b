#pragma once

// The keys and values of one sequence, in rings of slots.
//
// D head width, S slots
//
// Slots are filled downwards: position p has slot S - 1 - p mod S. From the newest position on,
// ascending slots are ascending distances, as in a relative table, so that a row of scores and a
// row of q · E are added without reordering.
//
// In float32, keys and values are [layer][head][S][D]. In bf16 and int8 they are packed panels
// (infer/kernels/panels.h): a key is a row of its panels, a value is a column. In int8 every key
// and every value has a scale, [layer][head][S].

#include <array>
#include <cstddef>
#include <cstdint>

#include "infer/kernels/aligned_array.h"
#include "infer/kernels/thread_pool.h"
#include "infer/shared_prefix.h"
#include "infer/weights.h"
#include "model/config.h"

namespace pno::infer {

// Consecutive positions as one or two ranges of slots, the newest position first. Ranges are
// rounded outwards to full panels: the first begins `lead` slots before the newest position.
struct CacheSlots {
  std::array<RowRange, 2> ranges;
  std::size_t lead = 0;
  std::size_t size() const { return ranges[0].size + ranges[1].size; }
};

// Not thread-safe, but threads may put() different positions at the same time.
class KvCache {
 public:
  // At least `slots` slots. `precision` is not automatic. Throws std::bad_alloc.
  KvCache(const model::ModelConfig& config, std::size_t slots, Precision precision);

  // First-touches the cache from all threads, so that the kernel clears its huge pages in parallel.
  void touch_pages(ThreadPool& pool);

  // Positions read so far; the next token has this position.
  std::int64_t position() const { return position_; }
  void advance(std::int64_t count);

  // Forgets the positions from `position` on. `position` is earliest_rewind() … position(), or 0.
  // From earliest_rewind() on, no position of the context has been overwritten.
  void rewind(std::int64_t position);
  std::int64_t earliest_rewind() const;
  void clear();

  // Copies the positions of `other`, which has the same shape. Does not allocate.
  void copy_from(const KvCache& other);
  // Positions before it hold the same in both caches, as far as both still hold them.
  std::int64_t shared_prefix(const KvCache& other) const {
    return shared_prefix_.length(other.shared_prefix_);
  }

  static double memory_bytes(const model::ModelConfig& config, std::size_t slots,
                             Precision precision);

  HeadRows keys(int layer, int head) const;
  HeadRows values(int layer, int head) const;

  // The slots of positions newest, newest - 1, … newest - count + 1.
  CacheSlots slots_of(std::int64_t newest, std::size_t count) const;

  // Writes the keys and values of one position, [A] each, head by head.
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
  std::size_t key_bytes_, value_bytes_;  // of one head
  AlignedArray<std::byte> keys_, values_;
  FloatArray key_scales_, value_scales_;  // int8 only
  SharedPrefix shared_prefix_;
  std::int64_t position_ = 0;
  std::int64_t furthest_ = 0;  // the greatest position_ since clear(): tells what was overwritten
};

}  // namespace pno::infer
