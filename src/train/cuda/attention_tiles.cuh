#pragma once

// What the attention kernels share: tiles in shared memory, the band of a relative table that a
// tile of logits needs, the skew, and what a query sees.
//
// A tile is `kKeys` keys from key j0 for queries from i0. Its band is indexed by u = j - i, minus
// the distance, so that it grows with the key: row r, column j of 16 queries needs band column
// 16 + j - r, counted from u of row 16, column 0.

#include <cstddef>

#include "train/cuda/attention_problem.h"
#include "train/cuda/cuda_matrix_unit.cuh"
#include "train/kernels/weight_draw.h"

namespace pno::train::cuda {

enum class Relative { none, keys, keys_and_values };

constexpr int kCopyBytes = 16;
constexpr int kTileRows = 16;                     // of one tile of the matrix unit
constexpr float kLogOf2 = 0.693147180559945309F;  // the kernels work to base 2

// What the kernels are given: the problem, with what the host can work out.
struct KernelProblem {
  AttentionProblem of;
  GradientArrays gradients;
  float logit_scale = 1;  // log2(e) / sqrt(D): softmax is taken to base 2
  float kept_factor = 1;  // of a weight that dropout keeps
};

// The elements of a row in shared memory: 16 bytes more than needed put the eight rows that a warp
// reads at once into different banks.
template <class T, int kColumns>
constexpr int kPadded = kColumns + kCopyBytes / static_cast<int>(sizeof(T));

// A (batch, head) pair.
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

// Begins to copy rows [first, first + kRows) of `width` elements; rows from `count` on and columns
// up to kWidth become zeros.
template <class T, int kWidth, int kRows, int kThreads>
PNO_DEVICE void copy_rows(T* tile, const T* global, std::size_t stride, int first, int count,
                          int width) {
  constexpr int kPiece = kCopyBytes / static_cast<int>(sizeof(T)), kPieces = kWidth / kPiece;
  for (int index = thread_index(); index < kRows * kPieces; index += kThreads) {
    const int row = index / kPieces, column = index % kPieces * kPiece;
    const bool is_there = first + row < count && column < width;
    const T* const from =
        is_there ? global + static_cast<std::size_t>(first + row) * stride + column : global;
    copy_async(tile + row * kPadded<T, kWidth> + column, from, is_there);
  }
}

// A ring of table rows in shared memory: kBlocks blocks of kRows rows each, of which a step of the
// loop over tiles replaces one.
template <class T, int kWidth, int kRows, int kBlocks, int kThreads>
struct Band {
  static constexpr int kStride = kPadded<T, kWidth>;
  static constexpr int kRingRows = kRows * kBlocks;
  static constexpr int kBytes = kRingRows * kStride * static_cast<int>(sizeof(T));

  T* ring;

  // Where u lies in the ring; u may be negative.
  PNO_DEVICE static int place(int u) {
    const int rest = u % kRingRows;
    return rest < 0 ? rest + kRingRows : rest;
  }
  // The row so many rows, fewer than the ring has, after a place.
  PNO_DEVICE const T* row(int from_place, int rows) const {
    const int at = from_place + rows;
    return ring + (at < kRingRows ? at : at - kRingRows) * kStride;
  }

  // Begins to copy the block of u in [first, first + kRows), first a multiple of kRows.
  PNO_DEVICE void copy(const T* table, const RelativeTables& tables, int width, int first) const {
    constexpr int kPiece = kCopyBytes / static_cast<int>(sizeof(T)), kPieces = kWidth / kPiece;
    T* const block = ring + place(first) * kStride;
    for (int index = thread_index(); index < kRows * kPieces; index += kThreads) {
      const int row = index / kPieces, column = index % kPieces * kPiece;
      int distance = -(first + row);
      if (tables.is_clipped && distance >= tables.rows) distance = tables.rows - 1;
      const bool is_there = distance >= 0 && distance < tables.rows && column < width;
      const T* const from =
          is_there ? table + static_cast<std::size_t>(distance) * width + column : table;
      copy_async(block + row * kStride + column, from, is_there);
    }
  }
};

// Moves sums over 16 queries and a band to keys: in row r, key column c comes from band column
// 16 + c - r. A row lies in four lanes, two columns of every eight in each; so an element comes
// from another lane of its row, from the block of eight at the shift or from the next.
struct Skew {
  int lane[2];      // where element e of a pair comes from
  bool is_next[2];  // whether the lanes that want this lane's element e want it from the next block
  bool is_odd;      // the pair splits: its first element is the second of another

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

  // keys += the part of the band's blocks of eight that belongs to them: `near` is the block of the
  // keys' own columns, `middle` and `far` the two after it.
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

// logits[m] += the skewed products of rows 16m … with the band, of which `u` is the index for row
// 16 of the last tile and key column 0. left_of as in multiply_columns.
template <class T, int kSteps, int kTiles, int kCount, class LeftOf, class BandOf>
PNO_DEVICE void add_relative(Sums (&logits)[kTiles][kCount], const LeftOf& left_of,
                             const BandOf& band, int u, const Skew& skew) {
  using Matrix = MatrixUnit<T>;
  constexpr int kPairs = kCount / 2 + 1;  // of blocks of eight, for one tile of rows
  Sums window[kTiles][4];                 // four neighbouring blocks of each tile's products
  clear(window);
  const int first = BandOf::place(u);
  PNO_UNROLL
  for (int pair = 0; pair < kPairs + kTiles - 1; ++pair) {
    const T* const rows = band.row(first, 2 * 8 * pair);
    // The pair, counted from the tile's own band.
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

// 0 or `kept_factor` for a row of weights: factors[n][e] is for key first + 8n + 2t + e, first a
// multiple of 32.
template <int kCount>
PNO_DEVICE void dropout_factors(float (&factors)[kCount][2], const KernelProblem& problem,
                                std::uint64_t unit_seed, int query, int first) {
  static_assert(kCount % 4 == 0, "whole words");
  const std::uint32_t row = weight_row_key(unit_seed, static_cast<std::uint64_t>(query));
  const std::uint32_t threshold = problem.of.dropout_threshold;
  PNO_UNROLL
  for (int n = 0; n < kCount; ++n) {
    if (n % 4 >= 2) continue;  // served by the block of eight that lies 16 keys before
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
