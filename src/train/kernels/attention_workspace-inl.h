// What a thread works with: the memory of a task, and the orders in which keys, values and tables
// lie in it for the products of attention_product-inl.h.
//
// T time, D head width, W head width in memory, P a panel's columns

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

// Memory is taken from a scratch in turn; from none, it is only counted.
class Scratch {
 public:
  explicit Scratch(float* memory) : memory_(memory) {}
  float* take(bool wanted, Index floats) {
    if (!wanted) return nullptr;
    float* const here = memory_ == nullptr ? nullptr : memory_ + used_;
    used_ += rounded_up(floats, 16);
    return here;
  }
  Index used() const { return used_; }

 private:
  float* memory_;
  Index used_ = 0;
};

// Keys, values or a table (which runs from its longest distance on) in the orders that products
// read them in; W is the head width, rounded up with zeros.
struct Packed {
  float* panels;    // [columns / P, W, P]
  float* rows;      // [columns, W]
  float* gradient;  // as panels

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

// What a thread works with.
struct Workspace {
  Index width;  // W
  Packed keys, values, key_band, value_band;
  float *queries, *out_gradients;  // of a block [kTileQueries, W]
  float* sums;                     // of a tile [kTileQueries, W]: outputs, or gradients of queries
  float *largest, *exponentials;   // of each query [T]: its greatest logit so far, and their sum
  Strip weights, gradients;
  Index used;

  Workspace(const HeadShape& shape, bool backward, float* memory)
      : width(rounded_up(shape.head_width, kWidthAlignment)) {
    Scratch scratch(memory);
    const auto packed = [&](bool wanted, Index columns, bool panels, bool rows) {
      const Index size = rounded_up(columns, kKeyAlignment) * width;
      return Packed{scratch.take(wanted && panels, size), scratch.take(wanted && rows, size),
                    scratch.take(wanted && backward, size)};
    };
    keys = packed(true, shape.length, true, backward);
    values = packed(true, shape.length, backward, !backward);
    key_band = packed(shape.has_relative_keys, shape.band_columns(), true, backward);
    value_band = packed(shape.has_relative_values, shape.band_columns(), backward, !backward);
    queries = scratch.take(true, kTileQueries * width);
    sums = scratch.take(true, kTileQueries * width);
    weights = {scratch.take(true, Strip::kFloats)};
    largest = scratch.take(!backward, shape.length);
    exponentials = scratch.take(!backward, shape.length);
    out_gradients = scratch.take(backward, kTileQueries * width);
    gradients = {scratch.take(backward, Strip::kFloats)};
    used = scratch.used();
  }
};

// The keys that the task's queries see, from and to a multiple of kKeyAlignment.
HWY_INLINE Columns keys_of_task(const HeadTask& task) {
  return {task.shape.first_key_of(task.first_query) / kKeyAlignment * kKeyAlignment,
          rounded_up(task.end_query, kKeyAlignment)};
}

HWY_INLINE void pack(const HeadTask& task, const Workspace& work) {
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

// block [kTileQueries, W] = factor · rows first … first + count - 1, and zeros.
HWY_INLINE void load_block(ConstRows rows, Index first, Index count, Index head_width, Index width,
                           float factor, float* block) {
  std::fill_n(block, kTileQueries * width, 0.0F);
  for (Index row = 0; row < count; ++row) {
    for (Index c = 0; c < head_width; ++c) block[row * width + c] = factor * rows[first + row][c];
  }
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PNO_TRAIN_ATTENTION_WORKSPACE_INL_H_
