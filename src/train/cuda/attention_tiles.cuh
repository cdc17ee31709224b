#pragma once

// Shared parts of the attention kernels: tiles in shared memory, the band of a relative table that
// a tile of logits needs, the skew, and the range of keys that a query sees.
//
// A tile is `kKeys` keys from key j0 for queries from i0. Its band is indexed by u = j - i, which
// is minus the distance and grows with the key. For 16 queries, row r and column j need band column
// 16 + j - r, counted from u of row 16, column 0.
//
// "reference:" quotes model/reference_attention.cpp: a is the matrix of attention weights, E the
// key table, EV the value table, f the factor of dropout, g a row of the output's gradient.

#include <cstddef>

#include "train/cuda/attention_problem.h"
#include "train/cuda/cuda_matrix_unit.cuh"
#include "train/kernels/weight_draw.h"

namespace pno::train::cuda {

enum class Relative { none, keys, keys_and_values };

constexpr int kCopyBytes = 16;
constexpr int kTileRows = 16;                     // rows of a tile of the matrix unit
constexpr float kLogOf2 = 0.693147180559945309F;  // the kernels compute powers of 2

// Parameters of the kernels: the problem, with values that the host computes.
struct KernelProblem {
  AttentionProblem of;
  GradientArrays gradients;
  float logit_scale = 1;  // log2(e) / sqrt(D): the softmax uses powers of 2
  float kept_factor = 1;  // factor of the weights that dropout keeps
};

// Elements per row in shared memory: 16 bytes more than needed, so that the eight rows that a warp
// reads at once are in different banks.
template <class T, int kColumns>
constexpr int kPadded = kColumns + kCopyBytes / static_cast<int>(sizeof(T));

// A (batch element, head) pair.
struct Unit {
  int batch, head;

  PNO_DEVICE Unit(const AttentionProblem& problem, int index)
      : batch(index / problem.heads), head(index % problem.heads) {}
};

// Part 0, 1, 2 (queries, keys, values) of a pair's columns of qkv, from position 0.
template <class T>
PNO_DEVICE T* columns_of(T* qkv, const AttentionProblem& problem, const Unit& unit, int part) {
  const std::size_t width = static_cast<std::size_t>(problem.heads) * problem.head_width;
  return qkv + static_cast<std::size_t>(unit.batch) * problem.length * 3 * width + part * width +
         static_cast<std::size_t>(unit.head) * problem.head_width;
}
// The same of an array [B, T, A].
template <class T>
PNO_DEVICE T* columns_of(T* out, const AttentionProblem& problem, const Unit& unit) {
  const std::size_t width = static_cast<std::size_t>(problem.heads) * problem.head_width;
  return out + static_cast<std::size_t>(unit.batch) * problem.length * width +
         static_cast<std::size_t>(unit.head) * problem.head_width;
}

// Starts an asynchronous copy of rows [first, first + kRows) of `width` elements. Rows from `count`
// on and columns from `width` to kWidth become zeros.
template <class T, int kWidth, int kRows, int kThreads>
PNO_DEVICE void copy_rows(T* tile, const T* global, std::size_t stride, int first, int count,
                          int width) {
  constexpr int kPiece = kCopyBytes / static_cast<int>(sizeof(T)), kPieces = kWidth / kPiece;
  for (int index = thread_index(); index < kRows * kPieces; index += kThreads) {
    const int row = index / kPieces, column = index % kPieces * kPiece;
    const bool exists = first + row < count && column < width;
    const T* const from =
        exists ? global + static_cast<std::size_t>(first + row) * stride + column : global;
    copy_async(tile + row * kPadded<T, kWidth> + column, from, exists);
  }
}

// A ring buffer of table rows in shared memory: kBlocks blocks of kRows rows each. Each step of the
// loop over tiles replaces one block.
template <class T, int kWidth, int kRows, int kBlocks, int kThreads>
struct Band {
  static constexpr int kStride = kPadded<T, kWidth>;
  static constexpr int kRingRows = kRows * kBlocks;
  static constexpr int kBytes = kRingRows * kStride * static_cast<int>(sizeof(T));

  T* ring;

  // Index of u in the ring; u may be negative.
  PNO_DEVICE static int ring_index(int u) {
    const int rest = u % kRingRows;
    return rest < 0 ? rest + kRingRows : rest;
  }
  // The row `rows` rows after a ring index; rows < kRingRows.
  PNO_DEVICE const T* row(int from_index, int rows) const {
    const int at = from_index + rows;
    return ring + (at < kRingRows ? at : at - kRingRows) * kStride;
  }

  // Starts an asynchronous copy of the block of u in [first, first + kRows); first is a multiple of
  // kRows.
  PNO_DEVICE void copy(const T* table, const RelativeTables& tables, int width, int first) const {
    constexpr int kPiece = kCopyBytes / static_cast<int>(sizeof(T)), kPieces = kWidth / kPiece;
    T* const block = ring + ring_index(first) * kStride;
    for (int index = thread_index(); index < kRows * kPieces; index += kThreads) {
      const int row = index / kPieces, column = index % kPieces * kPiece;
      int distance = -(first + row);
      if (tables.is_clipped && distance >= tables.rows) distance = tables.rows - 1;
      const bool exists = distance >= 0 && distance < tables.rows && column < width;
      const T* const from =
          exists ? table + static_cast<std::size_t>(distance) * width + column : table;
      copy_async(block + row * kStride + column, from, exists);
    }
  }
};

// Moves products of 16 queries with a band from distance columns to key columns: in row r, key
// column c is band column 16 + c - r. Four lanes hold a row, two of every eight columns each. So an
// element comes from another lane of its row, from the block of eight at the shift or the next one.
struct Skew {
  int lane[2];      // source lane of element e of a pair
  bool is_next[2];  // true if the lanes that read this lane's element e need it from the next block
  bool is_odd;      // true if a pair is split: its first element is the second of another pair

  PNO_DEVICE Skew() {
    const int place = row_place(), shift = 8 - row_group(), first_lane = lane_index() - place;
    is_odd = shift % 2 != 0;
    PNO_UNROLL
    for (int e = 0; e < 2; ++e) {
      const int pairs = (shift + e) / 2;
      lane[e] = first_lane + (place + pairs) % 4;
      is_next[e] = place < pairs;
    }
  }

  // keys += the elements of three neighbouring blocks of eight band columns that belong to the
  // keys' columns. `near` is the block of the same columns, `middle` and `far` are the next two.
  PNO_DEVICE void add(Sums& keys, const Sums& near, const Sums& middle, const Sums& far) const {
    PNO_UNROLL
    for (int e = 0; e < 2; ++e) {
      // Row g is shifted by eight columns more than row g + 8.
      keys.at[e] += shuffle(is_next[e] ? element(far, 0, e) : element(middle, 0, e), lane[e]);
      keys.at[2 + e] += shuffle(is_next[e] ? element(middle, 2, e) : element(near, 2, e), lane[e]);
    }
  }

 private:
  PNO_DEVICE float element(const Sums& sums, int row, int e) const {
    return is_odd ? sums.at[row + 1 - e] : sums.at[row + e];
  }
};

// logits[m] += the skewed products of rows 16m … with the band; `u` is the band index of row 16 of
// the last tile and key column 0. left_of: see multiply_columns.
// reference: logit += dot(q, row_of(head.relative_keys, r, D))
template <class T, int kSteps, int kTiles, int kCount, class LeftOf, class BandOf>
PNO_DEVICE void add_relative(Sums (&logits)[kTiles][kCount], const LeftOf& left_of,
                             const BandOf& band, int u, const Skew& skew) {
  using Matrix = MatrixUnit<T>;
  constexpr int kPairs = kCount / 2 + 1;  // pairs of blocks of eight, for one tile of rows
  Sums window[kTiles][4];                 // four neighbouring blocks of each tile's products
  clear(window);
  const int first = BandOf::ring_index(u);
  PNO_UNROLL
  for (int pair = 0; pair < kPairs + kTiles - 1; ++pair) {
    const T* const rows = band.row(first, 2 * 8 * pair);
    // The pair's number within the band of tile m.
    const auto own = [pair](int m) { return pair - (kTiles - 1 - m); };
    PNO_UNROLL
    for (int m = 0; m < kTiles; ++m) {
      PNO_UNROLL
      for (int e = 0; e < 4; ++e) {
        window[m][0].at[e] = window[m][2].at[e];
        window[m][1].at[e] = window[m][3].at[e];
        window[m][2].at[e] = window[m][3].at[e] = 0;
      }
    }
    PNO_UNROLL_BY(Matrix::kUnrolledSteps)
    for (int step = 0; step < kSteps; ++step) {
      typename Matrix::Right right[2];
      Matrix::right_columns(right, rows + Matrix::kDepth * step, band.kStride);
      PNO_UNROLL
      for (int m = 0; m < kTiles; ++m) {
        if (own(m) < 0 || own(m) >= kPairs) continue;
        const auto left = left_of(m, step);
        Matrix::multiply(window[m][2], left, right[0]);
        Matrix::multiply(window[m][3], left, right[1]);
      }
    }
    PNO_UNROLL
    for (int m = 0; m < kTiles; ++m) {
      if (own(m) < 1 || own(m) >= kPairs) continue;
      skew.add(logits[m][2 * own(m) - 2], window[m][0], window[m][1], window[m][2]);
      skew.add(logits[m][2 * own(m) - 1], window[m][1], window[m][2], window[m][3]);
    }
  }
}

// The first key that a query sees.
PNO_DEVICE int first_key(const AttentionProblem& problem, int query) {
  if (problem.block == 0) return 0;
  const int before = (query / problem.block - 1) * problem.block;
  return before > 0 ? before : 0;
}

PNO_DEVICE int smaller(int a, int b) {
  return a < b ? a : b;
}

// Dropout factors of a row of weights, each 0 or kept_factor: factors[n][e] is for key
// first + 8n + 2t + e; `first` is a multiple of 32. reference: factor_of(head, T, i, j)
template <int kCount>
PNO_DEVICE void dropout_factors(float (&factors)[kCount][2], const KernelProblem& problem,
                                std::uint64_t unit_seed, int query, int first) {
  static_assert(kCount % 4 == 0, "a word serves two keys 16 apart");
  const std::uint32_t row = weight_row_key(unit_seed, static_cast<std::uint64_t>(query));
  const std::uint32_t threshold = problem.of.dropout_threshold;
  PNO_UNROLL
  for (int n = 0; n < kCount; ++n) {
    if (n % 4 >= 2) continue;  // set with the block of eight that is 16 keys before
    PNO_UNROLL
    for (int e = 0; e < 2; ++e) {
      const int key = first + 8 * n + 2 * row_place() + e;
      const std::uint32_t bits =
          weight_bits(row, weight_word_of_key(static_cast<std::uint32_t>(key)));
      factors[n][e] = (bits & 0xFFFFU) < threshold ? 0.0F : problem.kept_factor;
      factors[n + 2][e] = bits >> 16 < threshold ? 0.0F : problem.kept_factor;
    }
  }
}

// Two neighbouring elements.
PNO_DEVICE void store_pair(Bf16* to, float first, float second) {
  *reinterpret_cast<std::uint32_t*>(to) = pack_bf16(first, second);
}
PNO_DEVICE void store_pair(float* to, float first, float second) {
  to[0] = first;
  to[1] = second;
}
PNO_DEVICE void store(float* to, float value) {
  *to = value;
}
PNO_DEVICE void store(Bf16* to, float value) {
  to->bits = static_cast<std::uint16_t>(pack_bf16(value, 0));
}

}  // namespace pno::train::cuda
