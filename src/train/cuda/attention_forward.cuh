#pragma once

// The forward kernel. A block of threads computes kQueries queries of one (batch element, head)
// pair, and loops over the tiles of keys that they see, first to last. A warp computes kRowTiles
// times 16 queries. For each query it keeps in registers the largest logit so far, and relative to
// it the sum of the exponentials and the weighted sum of values (the online softmax of
// FlashAttention, Dao et al. 2022, algorithm 1).
//
// Passes for each tile of keys, with the lines of model/reference_attention.cpp that they compute:
//
//   1  qk_scores        logit[i, j] = (q_i · k_j + q_i · E[r]) / sqrt(D)
//   2  softmax_rows     a[i, :]     = softmax of logit[i, :]; then dropout
//   3  weighted_sum_v   out_i       = sum over j of a[i, j] (v_j + EV[r])

#include "train/cuda/attention_tiles.cuh"

namespace pno::train::cuda {

template <class T, int kWidthOf, Relative kRelativeOf>
struct ForwardShape {
  using Element = T;
  static constexpr int kWidth = kWidthOf;
  static constexpr Relative kRelative = kRelativeOf;
  static constexpr bool kIsHalf = sizeof(T) == 2;

  static constexpr int kWarps = 4, kThreads = kWarps * kWarpLanes;
  // Two tiles of rows halve the reads from shared memory, which is as busy as the tensor cores.
  // Wider heads or relative values need the registers of the second tile.
  static constexpr int kRowTiles =
      kIsHalf && kWidth <= 64 && kRelative != Relative::keys_and_values ? 2 : 1;
  static constexpr int kQueries = kWarps * kRowTiles * kTileRows;
  static constexpr int kKeys = kIsHalf ? 64 : 32;

  static constexpr int kStride = kPadded<T, kWidth>;
  static constexpr int kSkewStride = kPadded<T, kKeys + kTileRows>;
  using BandOf = Band<T, kWidth, kKeys, kQueries / kKeys + 1, kThreads>;

  static constexpr int kElement = static_cast<int>(sizeof(T));
  static constexpr int kQueryBytes = kQueries * kStride * kElement;
  static constexpr int kKeyBytes = kKeys * kStride * kElement;
  static constexpr int kSkewBytes =
      kRelative == Relative::keys_and_values ? kWarps * kTileRows * kSkewStride * kElement : 0;
  static constexpr int kSharedBytes =
      kQueryBytes + 2 * kKeyBytes + kSkewBytes + static_cast<int>(kRelative) * BandOf::kBytes;
};

template <class Shape>
class ForwardBlock {
  using T = typename Shape::Element;
  using Matrix = MatrixUnit<T>;
  using BandOf = typename Shape::BandOf;
  static constexpr int kTiles = Shape::kRowTiles, kKeys = Shape::kKeys, kStride = Shape::kStride;
  static constexpr int kKeyBlocks = kKeys / 8, kWidthBlocks = Shape::kWidth / 8;
  static constexpr int kSteps = Shape::kWidth / Matrix::kDepth;  // over the head width
  // Keep the queries in registers. Floats would need too many.
  static constexpr bool kKeepsQueries = Shape::kIsHalf;
  static constexpr bool kHasKeys = Shape::kRelative != Relative::none;
  static constexpr bool kHasValues = Shape::kRelative == Relative::keys_and_values;

 public:
  PNO_DEVICE ForwardBlock(const KernelProblem& problem, int block)
      : problem_(problem),
        of_(problem.of),
        units_(of_.batch * of_.heads),
        unit_(of_, block % units_),
        pair_(block % units_),
        unit_seed_(seed_at(of_.dropout_seed, of_.first_unit + static_cast<std::uint64_t>(pair_))),
        // The last queries see the most keys, so their blocks come first.
        first_query_(((of_.length - 1) / Shape::kQueries - block / units_) * Shape::kQueries),
        warp_query_(first_query_ + thread_index() / kWarpLanes * kTiles * kTileRows) {
    unsigned char* memory = shared_memory();
    const auto take = [&memory](int bytes) {
      auto* const taken = reinterpret_cast<T*>(memory);
      memory += bytes;
      return taken;
    };
    queries_ = take(Shape::kQueryBytes);
    keys_ = take(Shape::kKeyBytes);
    values_ = take(Shape::kKeyBytes);
    if constexpr (kHasKeys) key_band_.ring = take(BandOf::kBytes);
    if constexpr (kHasValues) {
      value_band_.ring = take(BandOf::kBytes);
      skewed_ =
          take(Shape::kSkewBytes) + thread_index() / kWarpLanes * kTileRows * Shape::kSkewStride;
    }
  }

  PNO_DEVICE void run() {
    const int first_tile = first_key(of_, first_query_) / kKeys;
    const int last_query = smaller(first_query_ + Shape::kQueries, of_.length) - 1;
    copy_queries();
    if constexpr (kHasKeys) {
      // All blocks of the band but the one that is copied with each tile of keys.
      for (int block = 1; block <= Shape::kQueries / kKeys; ++block) {
        const int first = (first_tile - block) * kKeys;
        copy_band(key_band_, of_.tables.keys, first);
        if constexpr (kHasValues) copy_band(value_band_, of_.tables.values, first);
      }
    }
    copy_keys(first_tile * kKeys);
    for (int tile = first_tile; tile * kKeys <= last_query; ++tile) {
      const int first = tile * kKeys;
      wait_for_copies();
      sync_block();  // the keys are copied; no warp reads the values of the previous tile any more
      if (tile == first_tile) begin_rows();
      copy_values(first);
      const bool sees = first <= warp_query_ + kTiles * kTileRows - 1 &&
                        first + kKeys > first_key(of_, warp_query_);
      Sums weights[kTiles][kKeyBlocks];
      if (sees) {
        qk_scores(weights, first);     // pass 1
        softmax_rows(weights, first);  // pass 2
      }
      wait_for_copies();
      sync_block();  // the values are copied; no warp reads the keys any more
      if ((tile + 1) * kKeys <= last_query) copy_keys(first + kKeys);
      if (sees) {  // pass 3
        weighted_sum_v(weights);
        if constexpr (kHasValues) weighted_sum_relative_v(weights, first);
      }
    }
    write();
  }

 private:
  PNO_DEVICE const T* qkv(int part) const {
    return columns_of(static_cast<const T*>(of_.qkv), of_, unit_, part);
  }
  PNO_DEVICE std::size_t qkv_stride() const {
    return static_cast<std::size_t>(3) * of_.heads * of_.head_width;
  }
  PNO_DEVICE void copy_queries() const {
    copy_rows<T, Shape::kWidth, Shape::kQueries, Shape::kThreads>(
        queries_, qkv(0), qkv_stride(), first_query_, of_.length, of_.head_width);
  }
  PNO_DEVICE void copy_band(const BandOf& band, const void* tables, int first_key_of_band) const {
    const auto* const table = static_cast<const T*>(tables) + static_cast<std::size_t>(unit_.head) *
                                                                  of_.tables.rows * of_.head_width;
    band.copy(table, of_.tables, of_.head_width, first_key_of_band - first_query_);
  }
  PNO_DEVICE void copy_keys(int first) const {
    copy_rows<T, Shape::kWidth, kKeys, Shape::kThreads>(keys_, qkv(1), qkv_stride(), first,
                                                        of_.length, of_.head_width);
    if constexpr (kHasKeys) copy_band(key_band_, of_.tables.keys, first);
  }
  PNO_DEVICE void copy_values(int first) const {
    copy_rows<T, Shape::kWidth, kKeys, Shape::kThreads>(values_, qkv(2), qkv_stride(), first,
                                                        of_.length, of_.head_width);
    if constexpr (kHasValues) copy_band(value_band_, of_.tables.values, first);
  }

  // The query of row g (half 0) or g + 8 (half 1) of tile m.
  PNO_DEVICE int query(int m, int half) const {
    return warp_query_ + m * kTileRows + half * 8 + row_group();
  }

  // Initialises the state of the rows. The queries must be in shared memory.
  PNO_DEVICE void begin_rows() {
    clear(out_);
    if constexpr (kKeepsQueries) {
      PNO_UNROLL
      for (int m = 0; m < kTiles; ++m) {
        PNO_UNROLL
        for (int step = 0; step < kSteps; ++step) query_rows_[m][step] = load_queries(m, step);
      }
    }
    PNO_UNROLL
    for (int m = 0; m < kTiles; ++m) {
      PNO_UNROLL
      for (int half = 0; half < 2; ++half) {
        largest_[m][half] = -INFINITY;
        sum_[m][half] = 0;
        first_key_[m][half] = first_key(of_, query(m, half));
      }
    }
    if constexpr (kHasValues) {
      for (int i = lane_index(); i < kTileRows * Shape::kSkewStride; i += kWarpLanes) {
        store(skewed_ + i, 0);
      }
    }
  }

  PNO_DEVICE typename Matrix::Left load_queries(int m, int step) const {
    const int row = warp_query_ - first_query_ + m * kTileRows;
    return Matrix::left_rows(queries_ + row * kStride + step * Matrix::kDepth, kStride);
  }

  // reference: logit[i, j] = (q_i · k_j + q_i · E[r]) / sqrt(D), not yet divided by sqrt(D)
  PNO_DEVICE void qk_scores(Sums (&weights)[kTiles][kKeyBlocks], int first) const {
    clear(weights);
    const auto left_of = [this](int m, int step) {
      if constexpr (kKeepsQueries) {
        return query_rows_[m][step];
      } else {
        return load_queries(m, step);
      }
    };
    multiply_columns<T, kSteps>(weights, left_of, keys_, kStride);
    if constexpr (kHasKeys) {
      const int nearest = warp_query_ - (first + kKeys - 1);  // distance
      if (of_.tables.is_clipped || nearest < of_.tables.rows) {
        add_relative<T, kSteps>(weights, left_of, key_band_,
                                first - warp_query_ - kTiles * kTileRows, skew_);
      }
    }
  }

  // Replaces logits by weights relative to the largest logit so far, with dropout. Rescales the
  // earlier sums to the new largest logit.
  // reference: sum += weights[j] = std::exp(weights[j] - largest)
  PNO_DEVICE void softmax_rows(Sums (&weights)[kTiles][kKeyBlocks], int first) {
    const bool needs_mask = of_.block > 0 || first + kKeys - 1 > warp_query_;
    PNO_UNROLL
    for (int m = 0; m < kTiles; ++m) {
      PNO_UNROLL
      for (int half = 0; half < 2; ++half) {
        float largest = largest_[m][half];
        PNO_UNROLL
        for (int n = 0; n < kKeyBlocks; ++n) {
          PNO_UNROLL
          for (int e = 0; e < 2; ++e) {
            float& logit = weights[m][n].at[2 * half + e];
            const int key = first + 8 * n + 2 * row_place() + e;
            logit *= problem_.logit_scale;
            if (needs_mask && (key > query(m, half) || key < first_key_[m][half])) {
              logit = -INFINITY;
            }
            largest = fmaxf(largest, logit);
          }
        }
        largest = fmaxf(largest, shuffle_xor(largest, 1));
        largest = fmaxf(largest, shuffle_xor(largest, 2));
        // A row may not have seen a key yet.
        const float base = largest == -INFINITY ? 0.0F : largest;
        const float shrink = exp2_of(largest_[m][half] - base);
        largest_[m][half] = largest;
        float sum = 0;
        PNO_UNROLL
        for (int n = 0; n < kKeyBlocks; ++n) {
          PNO_UNROLL
          for (int e = 0; e < 2; ++e) {
            float& weight = weights[m][n].at[2 * half + e];
            weight = exp2_of(weight - base);
            sum += weight;
          }
        }
        sum_[m][half] = sum_[m][half] * shrink + sum;
        PNO_UNROLL
        for (int n = 0; n < kWidthBlocks; ++n) {
          out_[m][n].at[2 * half] *= shrink;
          out_[m][n].at[2 * half + 1] *= shrink;
        }
        if (of_.dropout_threshold > 0) drop(weights[m], query(m, half), half, first);
      }
    }
  }

  PNO_DEVICE void drop(Sums (&weights)[kKeyBlocks], int of_query, int half, int first) const {
    float factors[kKeyBlocks][2];
    dropout_factors(factors, problem_, unit_seed_, of_query, first);
    PNO_UNROLL
    for (int n = 0; n < kKeyBlocks; ++n) {
      PNO_UNROLL
      for (int e = 0; e < 2; ++e) weights[n].at[2 * half + e] *= factors[n][e];
    }
  }

  // reference: add(out, weight, row_of(head.v, j, D))
  PNO_DEVICE void weighted_sum_v(const Sums (&weights)[kTiles][kKeyBlocks]) {
    constexpr int kBlocksOfStep = Matrix::kDepth / 8;
    PNO_UNROLL
    for (int step = 0; step < kKeyBlocks / kBlocksOfStep; ++step) {
      typename Matrix::Left left[kTiles];
      PNO_UNROLL
      for (int m = 0; m < kTiles; ++m) {
        left[m] = Matrix::left_of_sums(&weights[m][step * kBlocksOfStep]);
      }
      multiply_rows<T>(out_, left, values_ + step * Matrix::kDepth * kStride, kStride);
    }
  }

  // Stores the weights by distance: row r begins 16 - r columns later, between zeros.
  // reference: add(out, weight, row_of(head.relative_values, r, D))
  PNO_DEVICE void weighted_sum_relative_v(const Sums (&weights)[kTiles][kKeyBlocks], int first) {
    PNO_UNROLL
    for (int m = 0; m < kTiles; ++m) {
      PNO_UNROLL
      for (int n = 0; n < kKeyBlocks; ++n) {
        PNO_UNROLL
        for (int e = 0; e < 4; ++e) {
          const int row = row_group() + e / 2 * 8, column = 8 * n + 2 * row_place() + e % 2;
          store(skewed_ + row * Shape::kSkewStride + kTileRows + column - row, weights[m][n].at[e]);
        }
      }
      sync_warp();
      const int index = BandOf::ring_index(first - warp_query_ - (m + 1) * kTileRows);
      PNO_UNROLL_BY(Matrix::kUnrolledSteps)
      for (int step = 0; step < (kKeys + kTileRows) / Matrix::kDepth; ++step) {
        const typename Matrix::Left left[1] = {
            Matrix::left_rows(skewed_ + step * Matrix::kDepth, Shape::kSkewStride)};
        auto& out = reinterpret_cast<Sums(&)[1][kWidthBlocks]>(out_[m]);
        multiply_rows<T>(out, left, value_band_.row(index, step * Matrix::kDepth), kStride);
      }
      sync_warp();
    }
  }

  // Writes out and log_sums. reference: weights[j] /= sum
  PNO_DEVICE void write() const {
    auto* const out = columns_of(static_cast<T*>(of_.out), of_, unit_);
    PNO_UNROLL
    for (int m = 0; m < kTiles; ++m) {
      PNO_UNROLL
      for (int half = 0; half < 2; ++half) {
        float sum = sum_[m][half];
        sum += shuffle_xor(sum, 1);
        sum += shuffle_xor(sum, 2);
        const int of_query = query(m, half);
        if (of_query >= of_.length) continue;
        if (row_place() == 0) {
          of_.log_sums[static_cast<std::size_t>(pair_) * of_.length + of_query] =
              kLogOf2 * (largest_[m][half] + log2_of(sum));
        }
        const float factor = 1 / sum;
        T* const row = out + static_cast<std::size_t>(of_query) * of_.heads * of_.head_width;
        PNO_UNROLL
        for (int n = 0; n < kWidthBlocks; ++n) {
          const int column = 8 * n + 2 * row_place();
          if (column >= of_.head_width) continue;
          store_pair(row + column, out_[m][n].at[2 * half] * factor,
                     out_[m][n].at[2 * half + 1] * factor);
        }
      }
    }
  }

  const KernelProblem& problem_;
  const AttentionProblem& of_;
  const int units_;
  const Unit unit_;
  const int pair_;  // index of the unit
  const std::uint64_t unit_seed_;
  const int first_query_;  // of the block of threads
  const int warp_query_;   // first query of the warp
  const Skew skew_;

  T *queries_, *keys_, *values_;  // [kQueries, kWidth], [kKeys, kWidth]
  BandOf key_band_{}, value_band_{};
  T* skewed_ = nullptr;  // [16, kKeys + 16], of this warp

  Sums out_[kTiles][kWidthBlocks];
  float largest_[kTiles][2], sum_[kTiles][2];  // sum_: over the columns of this lane
  int first_key_[kTiles][2];
  typename Matrix::Left query_rows_[kKeepsQueries ? kTiles : 1][kSteps];
};

template <class Shape>
__global__ void __launch_bounds__(Shape::kThreads) attention_forward_kernel(KernelProblem problem) {
  ForwardBlock<Shape>(problem, block_index()).run();
}

}  // namespace pno::train::cuda
