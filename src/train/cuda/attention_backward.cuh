#pragma once

// The backward kernel. A block of threads computes kSide keys of one (batch element, head) pair,
// and loops over the tiles of kSide queries that see them, first to last. It computes the attention
// weights of a tile again from the logits and the stored logarithms of their sums.
//
// Passes for each tile, with the lines of model/reference_attention.cpp that they compute:
//
//   1  qk_scores            logit[i, j]  = (q_i · k_j + q_i · E[r]) / sqrt(D)
//   2  softmax_rows         a[i, :]      = softmax of logit[i, :]
//   3  qk_scores            da[i, j]     = f[i, j] g · (v_j + EV[r]), f in pass 4
//   4  softmax_rows_backward
//                           dlogit[i, j] = a[i, j] (da[i, j] - sum over m of a[i, m] da[i, m]),
//                                          where the sum is g · out_i
//   5  add_query_gradient   add(row_of(gradient.q, i, D), dlogit, row_of(head.k, j, D))
//   6  add_key_gradients    add(row_of(gradient.v, j, D), a[j] * factor, g)
//                           add(row_of(gradient.k, j, D), dlogit, row_of(head.q, i, D))
//
// In passes 1 to 5 each warp computes 16 queries, and stores a and dlogit in shared memory. In pass
// 6 each warp computes 16 keys, and 16 of each kSide distances of the tables' gradients. The
// gradients of keys and values stay in registers. Those of queries and tables are summed in global
// memory by atomic additions: their order, and so the last bits, may differ from run to run.

#include "train/cuda/attention_tiles.cuh"

namespace pno::train::cuda {

template <class T, int kWidthOf, Relative kRelativeOf>
struct BackwardShape {
  using Element = T;
  static constexpr int kWidth = kWidthOf;
  static constexpr Relative kRelative = kRelativeOf;

  // Sizes that fit the registers, and 99 KB of shared memory up to a head width of 64.
  static constexpr int kMostWidth = kRelative == Relative::keys_and_values ? 32 : 64;
  static constexpr int kSide = sizeof(T) == 2 && kWidth <= kMostWidth ? 64 : 32;
  static constexpr int kWarps = kSide / kTileRows, kThreads = kWarps * kWarpLanes;
  static constexpr int kStride = kPadded<T, kWidth>;
  static constexpr int kWeightStride = kPadded<T, kSide>;
  static constexpr int kSkewStride = kPadded<T, 2 * kSide>;
  using BandOf = Band<T, kWidth, kSide, 2, kThreads>;

  static constexpr int kElement = static_cast<int>(sizeof(T));
  static constexpr int kTileBytes = kSide * kStride * kElement;
  static constexpr int kWeightBytes = kSide * kWeightStride * kElement;
  static constexpr int kSkewBytes = kSide * kSkewStride * kElement;
  static constexpr int kSharedBytes = 4 * kTileBytes + 2 * kWeightBytes +
                                      static_cast<int>(kRelative) * (BandOf::kBytes + kSkewBytes);
};

template <class Shape>
class BackwardBlock {
  using T = typename Shape::Element;
  using Matrix = MatrixUnit<T>;
  using BandOf = typename Shape::BandOf;
  static constexpr int kSide = Shape::kSide, kStride = Shape::kStride;
  static constexpr int kWeightStride = Shape::kWeightStride, kSkewStride = Shape::kSkewStride;
  static constexpr int kSideBlocks = kSide / 8, kWidthBlocks = Shape::kWidth / 8;
  static constexpr int kSteps = Shape::kWidth / Matrix::kDepth;  // over the head width
  static constexpr bool kHasKeys = Shape::kRelative != Relative::none;
  static constexpr bool kHasValues = Shape::kRelative == Relative::keys_and_values;
  using Tile = Sums[1][kSideBlocks];       // 16 queries, kSide keys
  using WideTile = Sums[1][kWidthBlocks];  // 16 rows, the head width

 public:
  PNO_DEVICE BackwardBlock(const KernelProblem& problem, int block)
      : problem_(problem),
        of_(problem.of),
        units_(of_.batch * of_.heads),
        unit_(of_, block % units_),
        pair_(block % units_),
        unit_seed_(seed_at(of_.dropout_seed, of_.first_unit + static_cast<std::uint64_t>(pair_))),
        first_key_(block / units_ * kSide),  // the most queries see the first keys
        warp_row_(thread_index() / kWarpLanes * kTileRows) {
    unsigned char* memory = shared_memory();
    const auto take = [&memory](int bytes) {
      auto* const taken = reinterpret_cast<T*>(memory);
      memory += bytes;
      return taken;
    };
    keys_ = take(Shape::kTileBytes);
    values_ = take(Shape::kTileBytes);
    queries_ = take(Shape::kTileBytes);
    out_gradient_ = take(Shape::kTileBytes);
    weights_ = take(Shape::kWeightBytes);
    logit_gradient_ = take(Shape::kWeightBytes);
    if constexpr (kHasKeys) {
      key_band_.ring = take(BandOf::kBytes);
      skewed_logit_gradient_ = take(Shape::kSkewBytes);
    }
    if constexpr (kHasValues) {
      value_band_.ring = take(BandOf::kBytes);
      skewed_weights_ = take(Shape::kSkewBytes);
    }
  }

  PNO_DEVICE void run() {
    clear(key_gradient_);
    clear(value_gradient_);
    clear(key_band_gradient_);
    clear(value_band_gradient_);
    copy_keys();
    copy_queries(first_key_);
    copy_bands(0);
    copy_bands(-kSide);
    clear_skewed();
    const int end = end_of_queries();
    for (int first = first_key_; first < end; first += kSide) {
      wait_for_copies();
      sync_block();  // the tile is copied
      run_query_passes(first);
      sync_block();  // a and dlogit are stored; no warp reads the band's first block any more
      const bool is_last = first + kSide >= end;
      if (!is_last) copy_bands(first_key_ - first - 2 * kSide);
      add_key_gradients(first);  // pass 6
      sync_block();              // no warp reads the tile any more
      if (!is_last) copy_queries(first + kSide);
      if (is_last) flush_bands(first + kSide);
    }
    write();
  }

 private:
  PNO_DEVICE std::size_t qkv_stride() const {
    return static_cast<std::size_t>(3) * of_.heads * of_.head_width;
  }
  PNO_DEVICE void copy_tile(T* tile, const T* from, std::size_t stride, int first) const {
    copy_rows<T, Shape::kWidth, kSide, Shape::kThreads>(tile, from, stride, first, of_.length,
                                                        of_.head_width);
  }
  PNO_DEVICE void copy_qkv(T* tile, int part, int first) const {
    copy_tile(tile, columns_of(static_cast<const T*>(of_.qkv), of_, unit_, part), qkv_stride(),
              first);
  }
  PNO_DEVICE void copy_keys() const {
    copy_qkv(keys_, 1, first_key_);
    copy_qkv(values_, 2, first_key_);
  }
  PNO_DEVICE void copy_queries(int first) const {
    copy_qkv(queries_, 0, first);
    copy_tile(out_gradient_, columns_of(static_cast<const T*>(problem_.gradients.out), of_, unit_),
              static_cast<std::size_t>(of_.heads) * of_.head_width, first);
  }
  // Starts to copy the bands' block of u (key minus query) from `first` on.
  PNO_DEVICE void copy_bands(int first) const {
    const std::size_t table =
        static_cast<std::size_t>(unit_.head) * of_.tables.rows * of_.head_width;
    if constexpr (kHasKeys) {
      key_band_.copy(static_cast<const T*>(of_.tables.keys) + table, of_.tables, of_.head_width,
                     first);
    }
    if constexpr (kHasValues) {
      value_band_.copy(static_cast<const T*>(of_.tables.values) + table, of_.tables, of_.head_width,
                       first);
    }
  }
  // The elements by distance that are not keys of the tile stay zero.
  PNO_DEVICE void clear_skewed() const {
    for (int i = thread_index(); i < kSide * kSkewStride; i += Shape::kThreads) {
      if constexpr (kHasKeys) store(skewed_logit_gradient_ + i, 0);
      if constexpr (kHasValues) store(skewed_weights_ + i, 0);
    }
  }

  // End of the queries that see one of the keys.
  PNO_DEVICE int end_of_queries() const {
    if (of_.block == 0) return of_.length;
    const int last_key = smaller(first_key_ + kSide, of_.length) - 1;
    return smaller((last_key / of_.block + 2) * of_.block, of_.length);
  }
  // True if some distance of the tile from query `first` has a row in the tables.
  PNO_DEVICE bool meets_tables(int first) const {
    return of_.tables.is_clipped || first - (first_key_ + kSide - 1) < of_.tables.rows;
  }

  // Passes 1 to 5, for the warp's 16 queries of the tile from query `first`.
  PNO_DEVICE void run_query_passes(int first) {
    const int warp_query = first + warp_row_;
    const bool meets = kHasKeys && meets_tables(first);
    Tile weights;  // first the logits
    clear(weights);
    qk_scores(weights, {queries_, keys_, key_band_, meets}, first);
    softmax_rows(weights, first);

    Tile gradient;  // of the weights, then of the logits
    clear(gradient);
    qk_scores(gradient, {out_gradient_, values_, value_band_, kHasValues && meets}, first);
    softmax_rows_backward(gradient, weights, first);

    store_by_key(weights_, weights);
    store_by_key(logit_gradient_, gradient);
    if constexpr (kHasKeys) store_by_distance(skewed_logit_gradient_, gradient);
    if constexpr (kHasValues) store_by_distance(skewed_weights_, weights);
    sync_warp();
    add_query_gradient(gradient, warp_query, meets);
  }

  // The factors of pass 1 (queries and keys) or pass 3 (output gradients and values).
  struct ScoreFactors {
    const T *rows, *columns;  // [kSide, kWidth]
    const BandOf& band;
    bool with_band;
  };
  // scores += the warp's rows · (columns + band)ᵀ.
  PNO_DEVICE void qk_scores(Tile& scores, const ScoreFactors& of, int first) const {
    const auto left_of = [&](int, int step) {
      return Matrix::left_rows(of.rows + warp_row_ * kStride + step * Matrix::kDepth, kStride);
    };
    multiply_columns<T, kSteps>(scores, left_of, of.columns, kStride);
    if constexpr (kHasKeys) {
      if (of.with_band) {
        add_relative<T, kSteps>(scores, left_of, of.band,
                                first_key_ - (first + warp_row_) - kTileRows, skew_);
      }
    }
  }

  // Replaces logits by weights, with the stored logarithms of the rows' sums.
  PNO_DEVICE void softmax_rows(Tile& weights, int first) const {
    PNO_UNROLL
    for (int half = 0; half < 2; ++half) {
      const int query = first + warp_row_ + half * 8 + row_group();
      const bool exists = query < of_.length;
      const float log_sum =
          exists ? of_.log_sums[static_cast<std::size_t>(pair_) * of_.length + query] / kLogOf2 : 0;
      const int from = first_key(of_, query);
      PNO_UNROLL
      for (int n = 0; n < kSideBlocks; ++n) {
        PNO_UNROLL
        for (int e = 0; e < 2; ++e) {
          float& weight = weights[0][n].at[2 * half + e];
          const int key = first_key_ + 8 * n + 2 * row_place() + e;
          const bool sees = exists && key <= query && key >= from;
          weight = sees ? exp2_of(weight * problem_.logit_scale - log_sum) : 0;
        }
      }
    }
  }

  // Replaces the gradient of the weights by that of the logits, and applies dropout to the weights.
  PNO_DEVICE void softmax_rows_backward(Tile& gradient, Tile& weights, int first) const {
    PNO_UNROLL
    for (int half = 0; half < 2; ++half) {
      const int query = first + warp_row_ + half * 8 + row_group();
      const float row_product =
          query < of_.length
              ? problem_.gradients
                    .row_products[static_cast<std::size_t>(pair_) * of_.length + query]
              : 0;
      float factors[kSideBlocks][2];
      if (of_.dropout_threshold > 0) {
        dropout_factors(factors, problem_, unit_seed_, query, first_key_);
      } else {
        PNO_UNROLL
        for (int n = 0; n < kSideBlocks; ++n) factors[n][0] = factors[n][1] = 1;
      }
      PNO_UNROLL
      for (int n = 0; n < kSideBlocks; ++n) {
        PNO_UNROLL
        for (int e = 0; e < 2; ++e) {
          float& weight = weights[0][n].at[2 * half + e];
          float& change = gradient[0][n].at[2 * half + e];
          change = weight * (change * factors[n][e] - row_product);
          weight *= factors[n][e];
        }
      }
    }
  }

  PNO_DEVICE void store_by_key(T* to, const Tile& tile) const {
    PNO_UNROLL
    for (int n = 0; n < kSideBlocks; ++n) {
      T* const at = to + (warp_row_ + row_group()) * kWeightStride + 8 * n + 2 * row_place();
      store_pair(at, tile[0][n].at[0], tile[0][n].at[1]);
      store_pair(at + 8 * kWeightStride, tile[0][n].at[2], tile[0][n].at[3]);
    }
  }
  // Row r begins kSide - r columns later, so a column is a distance.
  PNO_DEVICE void store_by_distance(T* to, const Tile& tile) const {
    PNO_UNROLL
    for (int n = 0; n < kSideBlocks; ++n) {
      PNO_UNROLL
      for (int e = 0; e < 4; ++e) {
        const int row = warp_row_ + row_group() + e / 2 * 8;
        const int column = 8 * n + 2 * row_place() + e % 2;
        store(to + row * kSkewStride + kSide + column - row, tile[0][n].at[e]);
      }
    }
  }

  PNO_DEVICE void add_query_gradient(const Tile& gradient, int warp_query, bool meets) const {
    WideTile sums;
    clear(sums);
    constexpr int kBlocksOfStep = Matrix::kDepth / 8;
    PNO_UNROLL
    for (int step = 0; step < kSideBlocks / kBlocksOfStep; ++step) {
      const typename Matrix::Left left[1] = {
          Matrix::left_of_sums(&gradient[0][step * kBlocksOfStep])};
      multiply_rows<T>(sums, left, keys_ + step * Matrix::kDepth * kStride, kStride);
    }
    if (kHasKeys && meets) {
      // Only kSide + 16 columns of the warp's rows can be nonzero.
      const int skip = kSide - kTileRows - warp_row_;
      const int index = BandOf::ring_index(first_key_ - warp_query - kTileRows);
      PNO_UNROLL_BY(Matrix::kUnrolledSteps)
      for (int step = 0; step < (kSide + kTileRows) / Matrix::kDepth; ++step) {
        const int column = step * Matrix::kDepth;
        const typename Matrix::Left left[1] = {Matrix::left_rows(
            skewed_logit_gradient_ + warp_row_ * kSkewStride + skip + column, kSkewStride)};
        multiply_rows<T>(sums, left, key_band_.row(index, column), kStride);
      }
    }
    const float scale = problem_.logit_scale * kLogOf2;
    PNO_UNROLL
    for (int n = 0; n < kWidthBlocks; ++n) {
      PNO_UNROLL
      for (int e = 0; e < 4; ++e) {
        const int query = warp_query + row_group() + e / 2 * 8;
        const int column = 8 * n + 2 * row_place() + e % 2;
        if (query >= of_.length || column >= of_.head_width) continue;
        const auto row = static_cast<std::size_t>(pair_) * of_.length + query;
        add_atomically(problem_.gradients.queries + row * of_.head_width + column,
                       sums[0][n].at[e] * scale);
      }
    }
  }

  // Pass 6, for the warp's 16 keys, and for its 16 distances of each block of the bands.
  PNO_DEVICE void add_key_gradients(int first) {
    PNO_UNROLL_BY(Matrix::kUnrolledSteps)
    for (int step = 0; step < kSide / Matrix::kDepth; ++step) {
      const int row = step * Matrix::kDepth;
      add_step(value_gradient_, {weights_, kWeightStride, warp_row_}, row, out_gradient_);
      add_step(key_gradient_, {logit_gradient_, kWeightStride, warp_row_}, row, queries_);
    }
    if constexpr (kHasKeys) {
      if (!meets_tables(first)) return;
      add_band(key_band_gradient_, key_table_gradient(), {skewed_logit_gradient_, queries_}, first);
      if constexpr (kHasValues) {
        add_band(value_band_gradient_, value_table_gradient(), {skewed_weights_, out_gradient_},
                 first);
      }
    }
  }

  // Sixteen columns, from `first` on, of a matrix in shared memory.
  struct LeftColumns {
    const T* matrix;
    int stride, first;
  };
  // sums += leftᵀ · right, over kDepth queries of the tile from `row` on.
  PNO_DEVICE static void add_step(WideTile& sums, const LeftColumns& left, int row,
                                  const T* right) {
    const typename Matrix::Left columns[1] = {
        Matrix::left_columns(left.matrix + row * left.stride + left.first, left.stride)};
    multiply_rows<T>(sums, columns, right + row * kStride, kStride);
  }

  // The gradient of a table, in global memory, and the factor of its sums.
  struct TableGradient {
    float* table;  // [H, R, D]
    float scale;
  };
  PNO_DEVICE TableGradient key_table_gradient() const {
    return {problem_.gradients.table_keys, problem_.logit_scale * kLogOf2};
  }
  PNO_DEVICE TableGradient value_table_gradient() const {
    return {problem_.gradients.table_values, 1};
  }

  struct BandFactors {
    const T *skewed, *rows;  // [kSide, 2·kSide], [kSide, kWidth]
  };
  // A tile's band has two blocks of kSide distances. The sums of the nearer block began with the
  // previous tile and end with this one; those of the other end with the next tile.
  PNO_DEVICE void add_band(WideTile& sums, const TableGradient& into, const BandFactors& of,
                           int first) const {
    PNO_UNROLL_BY(Matrix::kUnrolledSteps)
    for (int row = 0; row < kSide; row += Matrix::kDepth) {
      if (row >= kSide - warp_row_) continue;  // none of these distances has such late queries
      add_step(sums, {of.skewed, kSkewStride, kSide + warp_row_}, row, of.rows);
    }
    flush(sums, into, first);
    clear(sums);
    PNO_UNROLL_BY(Matrix::kUnrolledSteps)
    for (int row = 0; row < kSide; row += Matrix::kDepth) {
      if (row + Matrix::kDepth <= kSide - kTileRows - warp_row_) continue;
      add_step(sums, {of.skewed, kSkewStride, warp_row_}, row, of.rows);
    }
  }

  // Adds the sums of the nearer block of distances of the tile from query `first` to the table.
  PNO_DEVICE void flush(WideTile& sums, const TableGradient& into, int first) const {
    const RelativeTables& tables = of_.tables;
    float* const head =
        into.table + static_cast<std::size_t>(unit_.head) * tables.rows * of_.head_width;
    const int nearest = first - first_key_ - warp_row_ - (kTileRows - 1);
    const bool is_one_row = tables.is_clipped && nearest >= tables.rows - 1;
    PNO_UNROLL
    for (int n = 0; n < kWidthBlocks; ++n) {
      if (is_one_row) {  // all sixteen distances use the table's last row
        PNO_UNROLL
        for (int e = 0; e < 2; ++e) {
          float sum = sums[0][n].at[e] + sums[0][n].at[2 + e];
          sum += shuffle_xor(sum, 4);
          sum += shuffle_xor(sum, 8);
          sum += shuffle_xor(sum, 16);
          const int column = 8 * n + 2 * row_place() + e;
          if (row_group() != 0 || column >= of_.head_width) continue;
          add_atomically(head + static_cast<std::size_t>(tables.rows - 1) * of_.head_width + column,
                         sum * into.scale);
        }
        continue;
      }
      PNO_UNROLL
      for (int e = 0; e < 4; ++e) {
        const int column = 8 * n + 2 * row_place() + e % 2;
        int distance = first - first_key_ - warp_row_ - row_group() - e / 2 * 8;
        if (tables.is_clipped && distance >= tables.rows) distance = tables.rows - 1;
        if (distance < 0 || distance >= tables.rows || column >= of_.head_width) continue;
        add_atomically(head + static_cast<std::size_t>(distance) * of_.head_width + column,
                       sums[0][n].at[e] * into.scale);
      }
    }
  }
  // Adds the sums that the last tile began; `first` is the query after it.
  PNO_DEVICE void flush_bands(int first) {
    if constexpr (kHasKeys) flush(key_band_gradient_, key_table_gradient(), first);
    if constexpr (kHasValues) flush(value_band_gradient_, value_table_gradient(), first);
  }

  PNO_DEVICE void write() const {
    write_rows(key_gradient_, 1, problem_.logit_scale * kLogOf2);
    write_rows(value_gradient_, 2, 1);
  }
  PNO_DEVICE void write_rows(const WideTile& sums, int part, float scale) const {
    T* const columns = columns_of(static_cast<T*>(problem_.gradients.qkv), of_, unit_, part);
    PNO_UNROLL
    for (int half = 0; half < 2; ++half) {
      const int key = first_key_ + warp_row_ + half * 8 + row_group();
      if (key >= of_.length) continue;
      T* const row = columns + static_cast<std::size_t>(key) * qkv_stride();
      PNO_UNROLL
      for (int n = 0; n < kWidthBlocks; ++n) {
        const int column = 8 * n + 2 * row_place();
        if (column >= of_.head_width) continue;
        store_pair(row + column, sums[0][n].at[2 * half] * scale,
                   sums[0][n].at[2 * half + 1] * scale);
      }
    }
  }

  const KernelProblem& problem_;
  const AttentionProblem& of_;
  const int units_;
  const Unit unit_;
  const int pair_;  // index of the unit
  const std::uint64_t unit_seed_;
  const int first_key_;  // of the block of threads
  const int warp_row_;   // first row of the warp in a tile
  const Skew skew_;

  T *keys_, *values_, *queries_, *out_gradient_;                    // [kSide, kWidth]
  T *weights_, *logit_gradient_;                                    // [kSide, kSide]
  T *skewed_logit_gradient_ = nullptr, *skewed_weights_ = nullptr;  // [kSide, 2·kSide]
  BandOf key_band_{}, value_band_{};

  WideTile key_gradient_, value_gradient_;            // of the warp's 16 keys
  WideTile key_band_gradient_, value_band_gradient_;  // of the warp's 16 distances, nearer block
};

template <class Shape>
__global__ void __launch_bounds__(Shape::kThreads)
    attention_backward_kernel(KernelProblem problem) {
  BackwardBlock<Shape>(problem, block_index()).run();
}

}  // namespace pno::train::cuda
