#pragma once

// Products of small matrices by one warp, with float sums, for two types of operands: bf16 on the
// tensor cores, float by plain multiply-adds (never TF32). Both keep sums in the layout of the
// tensor cores, so softmax, skew and dropout have one implementation.
//
// A warp's lane is 4g + t: g row group 0..7, t place 0..3. K depth of one step

#include "train/cuda/cuda_instructions.cuh"

namespace pno::train::cuda {

PNO_DEVICE int lane_index() {
  return thread_index() % kWarpLanes;
}
PNO_DEVICE int row_group() {
  return lane_index() / 4;
}
PNO_DEVICE int row_place() {
  return lane_index() % 4;
}

// One lane's elements of 16 rows and 8 columns of sums:
// at[0], at[1]: row g, columns 2t, 2t + 1; at[2], at[3]: row g + 8, the same columns.
struct Sums {
  float at[4];
};

template <int kTiles, int kCount>
PNO_DEVICE void clear(Sums (&sums)[kTiles][kCount]) {
  PNO_UNROLL
  for (int m = 0; m < kTiles; ++m) {
    PNO_UNROLL
    for (int n = 0; n < kCount; ++n) {
      PNO_UNROLL
      for (int e = 0; e < 4; ++e) sums[m][n].at[e] = 0;
    }
  }
}

// MatrixUnit<T>: Left is [16, K], Right [K, 8]. The names tell their layout in shared memory, whose
// rows are `stride` elements apart:
//   left_rows        row m of Left is a row of memory
//   left_columns     column k of Left is a row of memory
//   right_columns    column n of Right is a row of memory; two Rights, 16 columns
//   right_rows       row k of Right is a row of memory; two Rights, 16 columns
template <class T>
struct MatrixUnit;

template <>
struct MatrixUnit<Bf16> {
  static constexpr int kDepth = 16;
  static constexpr int kUnrolledSteps = 8;  // all steps: left_of may return registers
  struct Left {
    std::uint32_t at[4];
  };
  struct Right {
    std::uint32_t at[2];
  };

  // Addresses for load_matrices() of 16 rows by 16 columns as four matrices, in column-major or
  // row-major order.
  PNO_DEVICE static int column_major(int stride) {
    const int lane = lane_index();
    return (lane % 16) * stride + lane / 16 * 8;
  }
  PNO_DEVICE static int row_major(int stride) {
    const int lane = lane_index();
    return (lane % 8 + lane / 16 * 8) * stride + lane / 8 % 2 * 8;
  }

  PNO_DEVICE static Left left_rows(const Bf16* memory, int stride) {
    Left left;
    load_matrices(left.at, memory + column_major(stride));
    return left;
  }
  PNO_DEVICE static Left left_columns(const Bf16* memory, int stride) {
    Left left;
    load_matrices_transposed(left.at, memory + row_major(stride));
    return left;
  }
  PNO_DEVICE static void right_columns(Right (&right)[2], const Bf16* memory, int stride) {
    std::uint32_t at[4];
    load_matrices(at, memory + row_major(stride));
    split(right, at);
  }
  PNO_DEVICE static void right_rows(Right (&right)[2], const Bf16* memory, int stride) {
    std::uint32_t at[4];
    load_matrices_transposed(at, memory + column_major(stride));
    split(right, at);
  }
  // Rounds sums to bf16: columns k of Left are those of sums[0] and sums[1].
  PNO_DEVICE static Left left_of_sums(const Sums* sums) {
    return {{pack_bf16(sums[0].at[0], sums[0].at[1]), pack_bf16(sums[0].at[2], sums[0].at[3]),
             pack_bf16(sums[1].at[0], sums[1].at[1]), pack_bf16(sums[1].at[2], sums[1].at[3])}};
  }
  PNO_DEVICE static void multiply(Sums& sums, const Left& left, const Right& right) {
    multiply_add(sums.at, left.at, right.at);
  }

 private:
  PNO_DEVICE static void split(Right (&right)[2], const std::uint32_t (&at)[4]) {
    right[0].at[0] = at[0];
    right[0].at[1] = at[1];
    right[1].at[0] = at[2];
    right[1].at[1] = at[3];
  }
};

template <>
struct MatrixUnit<float> {
  static constexpr int kDepth = 8;
  static constexpr int kUnrolledSteps = 1;  // a step has 64 instructions
  struct Left {
    float at[2][kDepth];  // rows g and g + 8
  };
  struct Right {
    float at[2][kDepth];  // columns 2t and 2t + 1
  };

  PNO_DEVICE static Left left_rows(const float* memory, int stride) {
    Left left;
    row(left.at[0], memory + row_group() * stride);
    row(left.at[1], memory + (row_group() + 8) * stride);
    return left;
  }
  PNO_DEVICE static Left left_columns(const float* memory, int stride) {
    Left left;
    PNO_UNROLL
    for (int k = 0; k < kDepth; ++k) {
      left.at[0][k] = memory[k * stride + row_group()];
      left.at[1][k] = memory[k * stride + row_group() + 8];
    }
    return left;
  }
  PNO_DEVICE static void right_columns(Right (&right)[2], const float* memory, int stride) {
    PNO_UNROLL
    for (int part = 0; part < 2; ++part) {
      const float* const first = memory + (8 * part + 2 * row_place()) * stride;
      row(right[part].at[0], first);
      row(right[part].at[1], first + stride);
    }
  }
  PNO_DEVICE static void right_rows(Right (&right)[2], const float* memory, int stride) {
    PNO_UNROLL
    for (int part = 0; part < 2; ++part) {
      PNO_UNROLL
      for (int k = 0; k < kDepth; ++k) {
        const float* const first = memory + k * stride + 8 * part + 2 * row_place();
        right[part].at[0][k] = first[0];
        right[part].at[1][k] = first[1];
      }
    }
  }
  PNO_DEVICE static Left left_of_sums(const Sums* sums) {
    Left left;
    const int first_lane = lane_index() - row_place();
    PNO_UNROLL
    for (int k = 0; k < kDepth; ++k) {
      left.at[0][k] = shuffle(sums->at[k % 2], first_lane + k / 2);
      left.at[1][k] = shuffle(sums->at[2 + k % 2], first_lane + k / 2);
    }
    return left;
  }
  PNO_DEVICE static void multiply(Sums& sums, const Left& left, const Right& right) {
    PNO_UNROLL
    for (int k = 0; k < kDepth; ++k) {
      PNO_UNROLL
      for (int e = 0; e < 4; ++e) sums.at[e] += left.at[e / 2][k] * right.at[e % 2][k];
    }
  }

 private:
  PNO_DEVICE static void row(float (&to)[kDepth], const float* from) {
    PNO_UNROLL
    for (int k = 0; k < kDepth; ++k) to[k] = from[k];
  }
};

// sums += left · memoryᵀ: sums [kTiles, 16, 8·kCount], memory [8·kCount, K·kSteps].
// left_of(m, step) returns Left for rows from 16m and depths from K·step.
template <class T, int kSteps, int kTiles, int kCount, class LeftOf>
PNO_DEVICE void multiply_columns(Sums (&sums)[kTiles][kCount], const LeftOf& left_of,
                                 const T* memory, int stride) {
  using Matrix = MatrixUnit<T>;
  PNO_UNROLL_BY(Matrix::kUnrolledSteps)
  for (int step = 0; step < kSteps; ++step) {
    typename Matrix::Left left[kTiles];
    PNO_UNROLL
    for (int m = 0; m < kTiles; ++m) left[m] = left_of(m, step);
    PNO_UNROLL
    for (int n = 0; n < kCount; n += 2) {
      typename Matrix::Right right[2];
      Matrix::right_columns(right, memory + 8 * n * stride + Matrix::kDepth * step, stride);
      PNO_UNROLL
      for (int m = 0; m < kTiles; ++m) {
        Matrix::multiply(sums[m][n], left[m], right[0]);
        Matrix::multiply(sums[m][n + 1], left[m], right[1]);
      }
    }
  }
}

// One step of sums += left · memory; memory [K, 8·kCount] is the rows of that step.
template <class T, int kTiles, int kCount>
PNO_DEVICE void multiply_rows(Sums (&sums)[kTiles][kCount],
                              const typename MatrixUnit<T>::Left (&left)[kTiles], const T* memory,
                              int stride) {
  using Matrix = MatrixUnit<T>;
  PNO_UNROLL
  for (int n = 0; n < kCount; n += 2) {
    typename Matrix::Right right[2];
    Matrix::right_rows(right, memory + 8 * n, stride);
    PNO_UNROLL
    for (int m = 0; m < kTiles; ++m) {
      Matrix::multiply(sums[m][n], left[m], right[0]);
      Matrix::multiply(sums[m][n + 1], left[m], right[1]);
    }
  }
}

}  // namespace pno::train::cuda
