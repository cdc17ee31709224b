// Scratch memory of a task: its layout, and the packed forms of keys, values and tables that the
// products of attention_product-inl.h read.
//
// T time, D head width, W head width in memory, P columns of a panel

#if defined(PNO_TRAIN_ATTENTION_WORKSPACE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PNO_TRAIN_ATTENTION_WORKSPACE_INL_H_
#undef PNO_TRAIN_ATTENTION_WORKSPACE_INL_H_
#else
#define PNO_TRAIN_ATTENTION_WORKSPACE_INL_H_
#endif

#include <algorithm>

#include "train/kernels/attention_product-inl.h"
#include "train/kernels/attention_task.h"

HWY_BEFORE_NAMESPACE();
namespace pno::train::HWY_NAMESPACE {

// Divides a block of memory into consecutive arrays. If the memory is null, only counts.
class Scratch {
 public:
  explicit Scratch(float* memory) : memory_(memory) {}
  float* take(Index floats) {
    float* const here = memory_ == nullptr ? nullptr : memory_ + used_;
    used_ += rounded_up(floats, 16);
    return here;
  }
  Index used() const { return used_; }

 private:
  float* memory_;
  Index used_ = 0;
};

// Keys, values, or the band of a table (rows from the longest distance to the shortest), packed for
// the products. Null pointers if a pass does not use that form. W is the head width, padded with
// zeros.
struct Packed {
  float* panels = nullptr;    // [columns / P, W, P]
  float* rows = nullptr;      // [columns, W]
  float* gradient = nullptr;  // as `panels`

  void clear(Columns columns, Index width) const {
    const Index first = columns.begin * width, size = (columns.end - columns.begin) * width;
    for (float* memory : {panels, rows, gradient}) {
      if (memory != nullptr) std::fill_n(memory + first, size, 0.0F);
    }
  }
  void set(Index column, const float* from, Index head_width, Index width) const {
    if (panels != nullptr) {
      float* const panel_column = at(panels, column, width);
      for (Index c = 0; c < head_width; ++c) panel_column[c * kPanel] = from[c];
    }
    if (rows != nullptr) std::copy_n(from, head_width, rows + column * width);
  }
  void add_gradient_to(float* to, Index column, Index head_width, Index width) const {
    const float* const panel_column = at(gradient, column, width);
    for (Index c = 0; c < head_width; ++c) to[c] += panel_column[c * kPanel];
  }

 private:
  static float* at(float* first, Index column, Index width) {
    return first + column / kPanel * kPanel * width + column % kPanel;
  }
};

// All arrays of a task.
struct Workspace {
  Index head_width, width;  // D, W
  Packed keys, values, key_band, value_band;
  float *queries, *out_gradients;  // [kTileQueries, W], of a block
  float* sums;                     // [kTileQueries, W], of a tile: outputs, or query gradients
  float *largest, *exponentials;   // [T]: each query's largest logit and sum of exponentials so far
  Strip weights, gradients;
  Index used;

  // Only counts the floats if `memory` is null.
  Workspace(const HeadShape& shape, AttentionPass pass, float* memory)
      : head_width(shape.head_width), width(rounded_up(head_width, kWidthAlignment)) {
    Scratch scratch(memory);
    const auto forward_only = [&](Index floats) {
      return pass == AttentionPass::forward ? scratch.take(floats) : nullptr;
    };
    const auto backward_only = [&](Index floats) {
      return pass == AttentionPass::backward ? scratch.take(floats) : nullptr;
    };
    const auto packed_keys = [&](Index columns) {
      const Index size = rounded_up(columns, kKeyAlignment) * width;
      return Packed{.panels = scratch.take(size),
                    .rows = backward_only(size),
                    .gradient = backward_only(size)};
    };
    const auto packed_values = [&](Index columns) {
      const Index size = rounded_up(columns, kKeyAlignment) * width;
      return Packed{.panels = backward_only(size),
                    .rows = forward_only(size),
                    .gradient = backward_only(size)};
    };
    keys = packed_keys(shape.length);
    values = packed_values(shape.length);
    if (shape.has_relative_keys) key_band = packed_keys(shape.band_columns());
    if (shape.has_relative_values) value_band = packed_values(shape.band_columns());
    queries = scratch.take(kTileQueries * width);
    sums = scratch.take(kTileQueries * width);
    weights = {scratch.take(Strip::kFloats)};
    largest = forward_only(shape.length);
    exponentials = forward_only(shape.length);
    out_gradients = backward_only(kTileQueries * width);
    gradients = {backward_only(Strip::kFloats)};
    used = scratch.used();
  }
};

// Keys that the task's queries see, rounded outwards to multiples of kKeyAlignment.
HWY_INLINE Columns keys_of_task(const HeadTask& task) {
  return {task.shape.first_key_of(task.first_query) / kKeyAlignment * kKeyAlignment,
          rounded_up(task.end_query, kKeyAlignment)};
}

// Packs the keys, values and tables of a task.
HWY_INLINE void pack_head(const HeadTask& task, const Workspace& work) {
  const auto& shape = task.shape;
  const Columns keys = keys_of_task(task);
  work.keys.clear(keys, work.width);
  work.values.clear(keys, work.width);
  for (Index key = keys.begin; key < task.end_query; ++key) {
    work.keys.set(key, task.k[key], shape.head_width, work.width);
    work.values.set(key, task.v[key], shape.head_width, work.width);
  }
  const Index columns = shape.band_columns();
  const auto pack_table = [&](const Packed& band, ConstRows table) {
    band.clear({0, rounded_up(columns, kKeyAlignment)}, work.width);
    for (Index c = 0; c < columns; ++c) {
      band.set(c, table[columns - 1 - c], shape.head_width, work.width);
    }
  };
  if (shape.has_relative_keys) pack_table(work.key_band, task.key_table);
  if (shape.has_relative_values) pack_table(work.value_band, task.value_table);
}

// block [kTileQueries, W] = factor · the tile's rows of `rows`, padded with zeros.
HWY_INLINE void load_block(const Tile& tile, const Workspace& work, ConstRows rows, float factor,
                           float* block) {
  std::fill_n(block, kTileQueries * work.width, 0.0F);
  for (Index row = 0; row < tile.queries; ++row) {
    const float* const from = rows[tile.first_query + row];
    for (Index c = 0; c < work.head_width; ++c) block[row * work.width + c] = factor * from[c];
  }
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PNO_TRAIN_ATTENTION_WORKSPACE_INL_H_
