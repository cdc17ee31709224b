#include "train/kernels/matrix_kernels.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/kernels/matrix_kernels.cpp"
#include <hwy/foreach_target.h>
// Highway's own order: foreach_target.h comes before what it repeats.
#include <hwy/highway.h>

#include "simd/multiply_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::train::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using simd::HWY_NAMESPACE::Index;
using simd::HWY_NAMESPACE::kLanes;
using simd::HWY_NAMESPACE::kPanel;
using simd::HWY_NAMESPACE::kTileRows;
using simd::HWY_NAMESPACE::multiply_tile;
using simd::HWY_NAMESPACE::rounded_up;
using simd::HWY_NAMESPACE::StridedMatrix;
using simd::HWY_NAMESPACE::Wide;

// Of a panel so many rows stay in the first-level cache (24 KB with AVX-512) while all rows of the
// other factor pass.
constexpr Index kDepth = 128;
static_assert(kPackedColumns % kPanel == 0);

// A panel of a packed matrix: `width` of its columns in whole vectors, of which `columns` count.
// Panels follow each other, each [depth, width].
struct Panel {
  Index first, columns, width;

  Panel(Index first_column, Index all_columns)
      : first(first_column),
        columns(std::min(kPanel, all_columns - first_column)),
        width(rounded_up(columns, kLanes)) {}
  bool is_whole() const { return columns == width; }
};

template <class Work>
HWY_INLINE void for_each_panel(Index first, Index end, Index columns, const Work& work) {
  for (; first < end; first += kPanel) work(Panel(first, columns));
}

void pack_here(const MatrixToPack& matrix, std::int64_t first, std::int64_t end, float* packed) {
  const Index depth = matrix.depth;
  for_each_panel(first, end, matrix.columns, [&](const Panel& panel) {
    float* to = packed + panel.first * depth;
    for (Index k = 0; k < depth; ++k, to += panel.width) {
      if (matrix.is_transposed) {
        const float* from = matrix.data + panel.first * depth + k;
        for (Index c = 0; c < panel.columns; ++c) to[c] = from[c * depth];
      } else {
        std::copy_n(matrix.data + k * matrix.columns + panel.first, panel.columns, to);
      }
      std::fill(to + panel.columns, to + panel.width, 0.0F);
    }
  });
}

// sums [kRows, width] = or += a [kRows, depth] · b [depth, width], for the widths of a panel.
template <Index kRows>
HWY_INLINE void multiply_panel(StridedMatrix a, const float* b, Index width, Index depth,
                               bool accumulate, float* sums, Index stride) {
  switch (width / kLanes) {
    case 3:
      return multiply_tile<kRows, 3>(Wide(), a, b, width, depth, accumulate, sums, stride);
    case 2:
      return multiply_tile<kRows, 2>(Wide(), a, b, width, depth, accumulate, sums, stride);
    default:
      return multiply_tile<kRows, 1>(Wide(), a, b, width, depth, accumulate, sums, stride);
  }
}

// The same where only `rows` of the tile exist, or not all of its columns: it is computed whole, to
// the side, with the same sums to the last bit.
HWY_INLINE void multiply_part(StridedMatrix a, const float* b, const Panel& panel, Index depth,
                              bool accumulate, float* sums, Index stride, Index rows) {
  HWY_ALIGN float tile[kTileRows * kPanel] = {};
  for (Index row = 0; accumulate && row < rows; ++row) {
    std::copy_n(sums + row * stride, panel.columns, tile + row * panel.width);
  }
  multiply_panel<kTileRows>(a, b, panel.width, depth, accumulate, tile, panel.width);
  for (Index row = 0; row < rows; ++row) {
    std::copy_n(tile + row * panel.width, panel.columns, sums + row * stride);
  }
}

void multiply_here(ConstMatrix a, const PackedMatrix& b, MutableMatrix out, std::int64_t rows) {
  HWY_ALIGN float last[kTileRows * kDepth];  // rows of a that do not fill a tile, and zeros
  const Index whole = rows / kTileRows * kTileRows;
  for (Index k = 0; k < b.depth; k += kDepth) {
    const Index depth = std::min<Index>(kDepth, b.depth - k);
    if (whole < rows) std::fill_n(last, kTileRows * kDepth, 0.0F);
    for (Index row = whole; row < rows; ++row) {
      std::copy_n(a.data + row * a.stride + k, depth, last + (row - whole) * kDepth);
    }
    for_each_panel(0, b.columns, b.columns, [&](const Panel& panel) HWY_ATTR {
      const float* const part = b.data + panel.first * b.depth + k * panel.width;
      const bool accumulate = k > 0;
      for (Index row = 0; row < whole; row += kTileRows) {
        const StridedMatrix numbers{a.data + row * a.stride + k, a.stride, 1};
        float* const sums = out.data + row * out.stride + panel.first;
        if (panel.is_whole()) {
          multiply_panel<kTileRows>(numbers, part, panel.width, depth, accumulate, sums,
                                    out.stride);
        } else {
          multiply_part(numbers, part, panel, depth, accumulate, sums, out.stride, kTileRows);
        }
      }
      if (whole < rows) {
        multiply_part({last, kDepth, 1}, part, panel, depth, accumulate,
                      out.data + whole * out.stride + panel.first, out.stride, rows - whole);
      }
    });
  }
}

// b [rows, N] in panels; a [rows, M] in groups of columns, [rows, kTileRows] each.
struct TransposedScratch {
  Index M, N;
  float *b, *a;

  TransposedScratch(Index rows_of_sum, Index columns, float* memory)
      : M(rows_of_sum), N(columns), b(memory), a(memory + kDepth * rounded_up(N, kLanes)) {}
  Index floats() const { return (a - b) + kDepth * rounded_up(M, kTileRows); }

  void load(ConstMatrix from_a, ConstMatrix from_b, Index first, Index depth) const {
    for_each_panel(0, N, N, [&](const Panel& panel) {
      float* to = b + panel.first * depth;
      for (Index k = 0; k < depth; ++k, to += panel.width) {
        const float* const from = from_b.data + (first + k) * from_b.stride + panel.first;
        if (panel.columns == kPanel) {
          std::copy_n(from, kPanel, to);  // a few vectors
        } else {
          std::fill(std::copy_n(from, panel.columns, to), to + panel.width, 0.0F);
        }
      }
    });
    const Index whole = M / kTileRows * kTileRows;
    for (Index row = 0; row < M; row += kTileRows) {
      const float* from = from_a.data + first * from_a.stride + row;
      float* to = a + row * depth;
      for (Index k = 0; k < depth; ++k, from += from_a.stride, to += kTileRows) {
        if (row < whole) {
          std::copy_n(from, kTileRows, to);  // a few vectors
        } else {
          std::fill(std::copy_n(from, M - whole, to), to + kTileRows, 0.0F);
        }
      }
    }
  }
};

std::size_t transposed_scratch_floats_here(std::int64_t M, std::int64_t N) {
  return static_cast<std::size_t>(TransposedScratch(M, N, nullptr).floats());
}

void add_transposed_product_here(ConstMatrix a, std::int64_t M, ConstMatrix b, std::int64_t N,
                                 std::int64_t rows, float* scratch, float* sum) {
  const TransposedScratch work(M, N, scratch);
  for (Index first = 0; first < rows; first += kDepth) {
    const Index depth = std::min<Index>(kDepth, rows - first);
    work.load(a, b, first, depth);
    for_each_panel(0, N, N, [&](const Panel& panel) HWY_ATTR {
      const float* const part = work.b + panel.first * depth;
      for (Index row = 0; row < M; row += kTileRows) {
        const StridedMatrix numbers{work.a + row * depth, 1, kTileRows};
        float* const sums = sum + row * N + panel.first;
        if (panel.is_whole() && row + kTileRows <= M) {
          multiply_panel<kTileRows>(numbers, part, panel.width, depth, true, sums, N);
        } else {
          multiply_part(numbers, part, panel, depth, true, sums, N, std::min(kTileRows, M - row));
        }
      }
    });
  }
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::train {

HWY_EXPORT(pack_here);
HWY_EXPORT(multiply_here);
HWY_EXPORT(transposed_scratch_floats_here);
HWY_EXPORT(add_transposed_product_here);

std::size_t packed_floats(std::int64_t depth, std::int64_t columns) {
  constexpr std::int64_t kMostLanes = 16;
  return static_cast<std::size_t>(depth * ((columns + kMostLanes - 1) / kMostLanes * kMostLanes));
}

void pack(const MatrixToPack& matrix, std::int64_t first_column, std::int64_t end_column,
          float* packed) {
  HWY_DYNAMIC_DISPATCH(pack_here)(matrix, first_column, end_column, packed);
}

void multiply(ConstMatrix a, const PackedMatrix& b, MutableMatrix out, std::int64_t rows) {
  HWY_DYNAMIC_DISPATCH(multiply_here)(a, b, out, rows);
}

std::size_t transposed_scratch_floats(std::int64_t M, std::int64_t N) {
  return HWY_DYNAMIC_DISPATCH(transposed_scratch_floats_here)(M, N);
}

void add_transposed_product(ConstMatrix a, std::int64_t M, ConstMatrix b, std::int64_t N,
                            std::int64_t rows, float* scratch, float* sum) {
  HWY_DYNAMIC_DISPATCH(add_transposed_product_here)(a, M, b, N, rows, scratch, sum);
}

}  // namespace pno::train
#endif  // HWY_ONCE
