#pragma once

// The backward kernel. A block of threads works for `kSide` keys of one (batch, head) pair and goes
// over the tiles of as many queries that see them, first to last. It computes the weights P of a
// tile again from the logits and the kept logarithms of their sums, and
//
//   dV += Pᵀ dO              dP = dO Vᵀ
//   dS = P (dP - rowsum(dO O))
//   dK += dSᵀ Q              dQ += dS K
//
// and for the tables the same with P and dS by distance. dK and dV stay in registers; dQ and the
// tables' gradients are summed in global memory by atomic additions, whose order, and so the last
// bits, may differ from run to run.
//
// First each warp has 16 queries; P and dS go to shared memory, and then each warp has 16 keys, and
// of the band 16 distances of every kSide.

#include "train/cuda/attention_tiles.cuh"

namespace pno::train::cuda {

template <class T, int kWidthOf, Relative kRelativeOf>
struct BackwardShape {
  using Element = T;
  static constexpr int kWidth = kWidthOf;
  static constexpr Relative kRelative = kRelativeOf;

  // What fits into the registers, and into 99 KB of shared memory up to a head width of 64.
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
        first_key_(block / units_ * kSide),  // the first keys are seen by the most queries
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
      sync_block();  // all of this tile is here
      work_by_queries(first);
      sync_block();  // P and dS are here; all are done with the band's first block
      const bool is_last = first + kSide >= end;
      if (!is_last) copy_bands(first_key_ - first - 2 * kSide);
      work_by_keys(first);
      sync_block();  // all are done with the tile
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
  // The block of u (key minus query) from `first` on.
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
  // What lies outside of the keys by distance is never written again.
  PNO_DEVICE void clear_skewed() const {
    for (int i = thread_index(); i < kSide * kSkewStride; i += Shape::kThreads) {
      if constexpr (kHasKeys) store(skewed_logit_gradient_ + i, 0);
      if constexpr (kHasValues) store(skewed_weights_ + i, 0);
    }
  }

  // One past the last query that sees one of the keys.
  PNO_DEVICE int end_of_queries() const {
    if (of_.block == 0) return of_.length;
    const int last_key = smaller(first_key_ + kSide, of_.length) - 1;
    return smaller((last_key / of_.block + 2) * of_.block, of_.length);
  }
  // Whether some distance of the tile whose first query this is has a row in the tables.
  PNO_DEVICE bool meets_tables(int first) const {
    return of_.tables.is_clipped || first - (first_key_ + kSide - 1) < of_.tables.rows;
  }

  PNO_DEVICE void work_by_queries(int first) {
    const int warp_query = first + warp_row_;
    const bool meets = kHasKeys && meets_tables(first);
    Tile weights;
    clear(weights);
    add_products(weights, queries_, keys_, key_band_, first, meets);
    to_weights(weights, first);

    Tile gradient;  // of the weights, then of the logits
    clear(gradient);
    add_products(gradient, out_gradient_, values_, value_band_, first, kHasValues && meets);
    to_logit_gradient(gradient, weights, first);

    put_by_key(weights_, weights);
    put_by_key(logit_gradient_, gradient);
    if constexpr (kHasKeys) put_by_distance(skewed_logit_gradient_, gradient);
    if constexpr (kHasValues) put_by_distance(skewed_weights_, weights);
    sync_warp();
    add_query_gradient(gradient, warp_query, meets);
  }

  // products += the warp's rows of `rows` · columnsᵀ + the same with the band, skewed.
  PNO_DEVICE void add_products(Tile& products, const T* rows, const T* columns, const BandOf& band,
                               int first, bool with_band) const {
    const auto left_of = [&](int, int step) {
      return Matrix::left_rows(rows + warp_row_ * kStride + step * Matrix::kDepth, kStride);
    };
    multiply_columns<T, kSteps>(products, left_of, columns, kStride);
    if constexpr (kHasKeys) {
      if (with_band) {
        add_relative<T, kSteps>(products, left_of, band,
                                first_key_ - (first + warp_row_) - kTileRows, skew_);
      }
    }
  }

  PNO_DEVICE void to_weights(Tile& weights, int first) const {
    PNO_UNROLL
    for (int half = 0; half < 2; ++half) {
      const int query = first + warp_row_ + half * 8 + row_group();
      const bool is_there = query < of_.length;
      const float log_sum =
          is_there ? of_.log_sums[static_cast<std::size_t>(pair_) * of_.length + query] / kLogOf2
                   : 0;
      const int from = first_key(of_, query);
      PNO_UNROLL
      for (int n = 0; n < kSideBlocks; ++n) {
        PNO_UNROLL
        for (int e = 0; e < 2; ++e) {
          float& weight = weights[0][n].at[2 * half + e];
          const int key = first_key_ + 8 * n + 2 * row_place() + e;
          const bool sees = is_there && key <= query && key >= from;
          weight = sees ? exp2_of(weight * problem_.logit_scale - log_sum) : 0;
        }
      }
    }
  }

  // From the gradient of the weights to that of the logits; the weights are dropped on the way.
  PNO_DEVICE void to_logit_gradient(Tile& gradient, Tile& weights, int first) const {
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

  PNO_DEVICE void put_by_key(T* to, const Tile& tile) const {
    PNO_UNROLL
    for (int n = 0; n < kSideBlocks; ++n) {
      T* const at = to + (warp_row_ + row_group()) * kWeightStride + 8 * n + 2 * row_place();
      store_pair(at, tile[0][n].at[0], tile[0][n].at[1]);
      store_pair(at + 8 * kWeightStride, tile[0][n].at[2], tile[0][n].at[3]);
    }
  }
  // Row r begins kSide - r columns later, so that a column is a distance.
  PNO_DEVICE void put_by_distance(T* to, const Tile& tile) const {
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
      // The warp's rows are zero but for kSide + 16 columns.
      const int skip = kSide - kTileRows - warp_row_;
      const int place = BandOf::place(first_key_ - warp_query - kTileRows);
      PNO_UNROLL_BY(Matrix::kUnrolledSteps)
      for (int step = 0; step < (kSide + kTileRows) / Matrix::kDepth; ++step) {
        const int column = step * Matrix::kDepth;
        const typename Matrix::Left left[1] = {Matrix::left_rows(
            skewed_logit_gradient_ + warp_row_ * kSkewStride + skip + column, kSkewStride)};
        multiply_rows<T>(sums, left, key_band_.row(place, column), kStride);
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

  PNO_DEVICE void work_by_keys(int first) {
    PNO_UNROLL_BY(Matrix::kUnrolledSteps)
    for (int step = 0; step < kSide / Matrix::kDepth; ++step) {
      const int row = step * Matrix::kDepth;
      add_step(value_gradient_, weights_, kWeightStride, warp_row_, row, out_gradient_);
      add_step(key_gradient_, logit_gradient_, kWeightStride, warp_row_, row, queries_);
    }
    if constexpr (kHasKeys) {
      if (!meets_tables(first)) return;
      add_band(key_band_gradient_, problem_.gradients.table_keys, skewed_logit_gradient_, queries_,
               first, problem_.logit_scale * kLogOf2);
      if constexpr (kHasValues) {
        add_band(value_band_gradient_, problem_.gradients.table_values, skewed_weights_,
                 out_gradient_, first, 1);
      }
    }
  }

  // sums += sixteen columns of `left` from `column`, transposed, · `right`, over the tile's queries
  // from `row`.
  PNO_DEVICE static void add_step(WideTile& sums, const T* left, int left_stride, int column,
                                  int row, const T* right) {
    const typename Matrix::Left columns[1] = {
        Matrix::left_columns(left + row * left_stride + column, left_stride)};
    multiply_rows<T>(sums, columns, right + row * kStride, kStride);
  }

  // A tile's band has two blocks of kSide distances: the nearer one was begun with the tile before
  // and is finished with this one, the other is finished with the next.
  PNO_DEVICE void add_band(WideTile& sums, float* table, const T* skewed, const T* rows, int first,
                           float scale) const {
    PNO_UNROLL_BY(Matrix::kUnrolledSteps)
    for (int row = 0; row < kSide; row += Matrix::kDepth) {
      if (row >= kSide - warp_row_) continue;  // later queries than any of these distances has
      add_step(sums, skewed, kSkewStride, kSide + warp_row_, row, rows);
    }
    flush(sums, table, first, scale);
    clear(sums);
    PNO_UNROLL_BY(Matrix::kUnrolledSteps)
    for (int row = 0; row < kSide; row += Matrix::kDepth) {
      if (row + Matrix::kDepth <= kSide - kTileRows - warp_row_) continue;
      add_step(sums, skewed, kSkewStride, warp_row_, row, rows);
    }
  }

  // Adds what was summed for the block of distances that the tile from query `first` has nearer.
  PNO_DEVICE void flush(WideTile& sums, float* table, int first, float scale) const {
    const RelativeTables& tables = of_.tables;
    float* const head = table + static_cast<std::size_t>(unit_.head) * tables.rows * of_.head_width;
    const int nearest = first - first_key_ - warp_row_ - (kTileRows - 1);
    const bool is_one_row = tables.is_clipped && nearest >= tables.rows - 1;
    PNO_UNROLL
    for (int n = 0; n < kWidthBlocks; ++n) {
      if (is_one_row) {  // of the table: all sixteen distances are its last
        PNO_UNROLL
        for (int e = 0; e < 2; ++e) {
          float sum = sums[0][n].at[e] + sums[0][n].at[2 + e];
          sum += shuffle_xor(sum, 4);
          sum += shuffle_xor(sum, 8);
          sum += shuffle_xor(sum, 16);
          const int column = 8 * n + 2 * row_place() + e;
          if (row_group() != 0 || column >= of_.head_width) continue;
          add_atomically(head + static_cast<std::size_t>(tables.rows - 1) * of_.head_width + column,
                         sum * scale);
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
                       sums[0][n].at[e] * scale);
      }
    }
  }
  // After the last tile: what was begun with it.
  PNO_DEVICE void flush_bands(int first) {
    if constexpr (kHasKeys) {
      flush(key_band_gradient_, problem_.gradients.table_keys, first,
            problem_.logit_scale * kLogOf2);
    }
    if constexpr (kHasValues) {
      flush(value_band_gradient_, problem_.gradients.table_values, first, 1);
    }
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
  const int first_key_;  // of the block
  const int warp_row_;   // first of the warp, in a tile
  const Skew skew_;

  T *keys_, *values_, *queries_, *out_gradient_;                    // [kSide, kWidth]
  T *weights_, *logit_gradient_;                                    // [kSide, kSide]
  T *skewed_logit_gradient_ = nullptr, *skewed_weights_ = nullptr;  // [kSide, 2·kSide]
  BandOf key_band_{}, value_band_{};

  WideTile key_gradient_, value_gradient_;            // of the warp's 16 keys
  WideTile key_band_gradient_, value_band_gradient_;  // of its 16 distances of the nearer block
};

template <class Shape>
__global__ void __launch_bounds__(Shape::kThreads)
    attention_backward_kernel(KernelProblem problem) {
  BackwardBlock<Shape>(problem, block_index()).run();
}

}  // namespace pno::train::cuda
