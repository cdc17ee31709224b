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

#include "simd/bf16_matrix.h"
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
  simd::Bf16* take_bf16(std::size_t elements) {
    return reinterpret_cast<simd::Bf16*>(take(static_cast<Index>(elements + 1) / 2));
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
  float* panels = nullptr;  // [columns / P, W, P]
  float* rows = nullptr;    // [columns, W]
  // As `panels`; in bf16 [W, gradient_stride].
  float* gradient = nullptr;
  // In bf16 the first two are right operands of simd/bf16_matrix.h, the second with the columns as
  // its depth. Their first column is the first key of the task, and the first of the band.
  simd::Bf16 *panels_bf16 = nullptr, *rows_bf16 = nullptr;
  Index gradient_stride = 0;

  bool has_panels() const { return panels != nullptr || panels_bf16 != nullptr; }
  bool has_rows() const { return rows != nullptr || rows_bf16 != nullptr; }

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
    const bool in_bf16 = gradient_stride > 0;
    const float* const first = in_bf16 ? gradient + column : at(gradient, column, width);
    const Index stride = in_bf16 ? gradient_stride : kPanel;
    for (Index c = 0; c < head_width; ++c) to[c] += first[c * stride];
  }

 private:
  static float* at(float* first, Index column, Index width) {
    return first + column / kPanel * kPanel * width + column % kPanel;
  }
};

// The queries of a tile, or their output gradients.
struct Block {
  float* rows = nullptr;  // [kTileQueries, W]
  // In bf16, as left operands: queries, and channels.
  simd::Bf16 *left = nullptr, *transposed = nullptr;
};

// The strip in bf16: an odd number of cache lines between the rows, see Strip.
constexpr Index kStripStride = 672;
static_assert(kStripStride >= simd::bf16_depth(Strip::kStride) && kStripStride / 32 % 2 == 1);
// Columns of a strip, by key or by distance, that a product of bf16 reads.
constexpr Index kStripColumns = 512;
static_assert(kStripColumns >= kTileKeys + kTileQueries + 2 * simd::kBf16Panel);

// All arrays of a task.
struct Workspace {
  Index head_width, width;  // D, W
  bool in_bf16;
  Packed keys, values, key_band, value_band;
  Block queries, out_gradients;   // of a tile
  float* sums;                    // [kTileQueries, W], of a tile: outputs, or query gradients
  float *largest, *exponentials;  // [T]: each query's largest logit and sum of exponentials so far
  Strip weights, gradients;
  simd::Bf16 *strip_left, *strip_right;  // the strip of a product in bf16, as either operand
  Index used;

  // Only counts the floats if `memory` is null.
  Workspace(const HeadShape& shape, AttentionPass pass, float* memory)
      : head_width(shape.head_width),
        width(shape.in_bf16 ? simd::bf16_depth(head_width)
                            : rounded_up(head_width, kWidthAlignment)),
        in_bf16(shape.in_bf16) {
    Scratch scratch(memory);
    const bool forward = pass == AttentionPass::forward;
    const auto take_if = [&](bool wanted, Index floats) {
      return wanted ? scratch.take(floats) : nullptr;
    };
    const auto take_bf16_if = [&](bool wanted, std::size_t elements) {
      return wanted && in_bf16 ? scratch.take_bf16(elements) : nullptr;
    };
    const auto packed = [&](Index columns, bool as_panels, bool as_rows) {
      const Index all = rounded_up(columns, kKeyAlignment), size = all * width;
      const Index stride = in_bf16 ? all + 16 : 0;  // an odd number of cache lines
      return Packed{.panels = take_if(as_panels && !in_bf16, size),
                    .rows = take_if(as_rows && !in_bf16, size),
                    .gradient = take_if(!forward, in_bf16 ? stride * width : size),
                    .panels_bf16 = take_bf16_if(as_panels, simd::bf16_right_size(width, all)),
                    .rows_bf16 = take_bf16_if(as_rows, simd::bf16_right_size(all, width)),
                    .gradient_stride = stride};
    };
    const auto packed_keys = [&](Index columns) { return packed(columns, true, !forward); };
    const auto packed_values = [&](Index columns) { return packed(columns, !forward, forward); };
    const auto block = [&] {
      return Block{.rows = scratch.take(kTileQueries * width),
                   .left = take_bf16_if(true, simd::bf16_left_size(kTileQueries, width)),
                   .transposed = take_bf16_if(!forward, simd::bf16_left_size(width, kTileQueries))};
    };
    keys = packed_keys(shape.length);
    values = packed_values(shape.length);
    if (shape.has_relative_keys) key_band = packed_keys(shape.band_columns());
    if (shape.has_relative_values) value_band = packed_values(shape.band_columns());
    queries = block();
    sums = scratch.take(kTileQueries * width);
    weights = {scratch.take(Strip::kFloats)};
    largest = take_if(forward, shape.length);
    exponentials = take_if(forward, shape.length);
    if (!forward) out_gradients = block();
    gradients = {take_if(!forward, Strip::kFloats)};
    strip_left = take_bf16_if(true, kTileQueries * kStripStride);
    strip_right = take_bf16_if(!forward, simd::bf16_right_size(kTileQueries, kStripColumns));
    used = scratch.used();
  }
};

// Keys that the task's queries see, rounded outwards to multiples of kKeyAlignment.
HWY_INLINE Columns keys_of_task(const HeadTask& task) {
  return {task.shape.first_key_of(task.first_query) / kKeyAlignment * kKeyAlignment,
          rounded_up(task.end_query, kKeyAlignment)};
}

// The rows of a matrix as both right operands.
HWY_INLINE void pack_bf16(const Packed& packed, const simd::FloatMatrix& rows, Index width) {
  if (packed.panels_bf16 != nullptr) {
    simd::pack_right_transposed_bf16(rows, packed.panels_bf16);
  }
  if (packed.rows_bf16 != nullptr) simd::pack_right_bf16(rows, packed.rows_bf16);
  if (packed.gradient != nullptr)
    std::fill_n(packed.gradient, packed.gradient_stride * width, 0.0F);
}

HWY_INLINE void pack_head_bf16(const HeadTask& task, const Workspace& work) {
  const auto& shape = task.shape;
  const Index D = shape.head_width, first = keys_of_task(task).begin,
              count = task.end_query - first;
  pack_bf16(work.keys, {task.k[first], task.k.stride, count, D}, work.width);
  pack_bf16(work.values, {task.v[first], task.v.stride, count, D}, work.width);
  const Index columns = shape.band_columns();
  const auto pack_table = [&](const Packed& band, ConstRows table) {
    pack_bf16(band, {table[columns - 1], -table.stride, columns, D}, work.width);
  };
  if (shape.has_relative_keys) pack_table(work.key_band, task.key_table);
  if (shape.has_relative_values) pack_table(work.value_band, task.value_table);
}

// Packs the keys, values and tables of a task.
HWY_INLINE void pack_head(const HeadTask& task, const Workspace& work) {
  if (work.in_bf16) return pack_head_bf16(task, work);
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
                           const Block& block) {
  std::fill_n(block.rows, kTileQueries * work.width, 0.0F);
  for (Index row = 0; row < tile.queries; ++row) {
    const float* const from = rows[tile.first_query + row];
    float* const to = block.rows + row * work.width;
    for (Index c = 0; c < work.head_width; ++c) to[c] = factor * from[c];
  }
  const simd::FloatMatrix matrix{block.rows, work.width, kTileQueries, work.head_width};
  if (block.left != nullptr) {
    simd::pack_left_bf16(matrix, block.left, simd::bf16_stride(work.width));
  }
  if (block.transposed != nullptr) {
    simd::pack_left_transposed_bf16(matrix, block.transposed, simd::bf16_stride(kTileQueries));
  }
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PNO_TRAIN_ATTENTION_WORKSPACE_INL_H_
