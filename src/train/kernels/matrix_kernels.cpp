#include "train/kernels/matrix_kernels.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/kernels/matrix_kernels.cpp"
#include <hwy/foreach_target.h>
// Highway's required order: foreach_target.h comes before the headers that it includes again.
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

// Rows of a panel per pass: they stay in the first-level cache (24 KB with AVX-512) while all rows
// of the other factor are multiplied with them.
constexpr Index kDepth = 128;
static_assert(kPackedColumns % kPanel == 0);

// A panel of a packed matrix: `columns` of its columns, padded with zeros to `width`, a multiple of
// the vector length. A packed matrix is a sequence of panels [depth, width].
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

// sums [kTileRows, width] = a [kTileRows, depth] · b [depth, width], or += if `accumulate`.
struct PanelProduct {
  StridedMatrix a;
  const float* b;
  Index width, depth;
  bool accumulate;
  float* sums;
  Index stride;  // of the rows of `sums`
};
HWY_INLINE void multiply_panel(const PanelProduct& p) {
  switch (p.width / kLanes) {
    case 3:
      return multiply_tile<kTileRows, 3>(Wide(), p.a, p.b, p.width, p.depth, p.accumulate, p.sums,
                                         p.stride);
    case 2:
      return multiply_tile<kTileRows, 2>(Wide(), p.a, p.b, p.width, p.depth, p.accumulate, p.sums,
                                         p.stride);
    default:
      return multiply_tile<kTileRows, 1>(Wide(), p.a, p.b, p.width, p.depth, p.accumulate, p.sums,
                                         p.stride);
  }
}

// The same if the tile has only `rows` rows, or only `columns` of the panel's columns: computes the
// full tile in a buffer, with bitwise equal sums, and copies the part that exists.
HWY_INLINE void multiply_part(const PanelProduct& p, Index columns, Index rows) {
  HWY_ALIGN float tile[kTileRows * kPanel] = {};
  for (Index row = 0; p.accumulate && row < rows; ++row) {
    std::copy_n(p.sums + row * p.stride, columns, tile + row * p.width);
  }
  PanelProduct full = p;
  full.sums = tile;
  full.stride = p.width;
  multiply_panel(full);
  for (Index row = 0; row < rows; ++row) {
    std::copy_n(tile + row * p.width, columns, p.sums + row * p.stride);
  }
}

void multiply_here(ConstMatrix a, const PackedMatrix& b, MutableMatrix out, std::int64_t rows) {
  HWY_ALIGN float last[kTileRows * kDepth];  // the rows of `a` after the last full tile, and zeros
  const Index whole = rows / kTileRows * kTileRows;  // rows in full tiles
  for (Index k = 0; k < b.depth; k += kDepth) {
    const Index depth = std::min<Index>(kDepth, b.depth - k);
    if (whole < rows) std::fill_n(last, kTileRows * kDepth, 0.0F);
    for (Index row = whole; row < rows; ++row) {
      std::copy_n(a.data + row * a.stride + k, depth, last + (row - whole) * kDepth);
    }
    for_each_panel(0, b.columns, b.columns, [&](const Panel& panel) HWY_ATTR {
      const float* const part = b.data + panel.first * b.depth + k * panel.width;
      const bool accumulate = k > 0;
      PanelProduct product{.a = {},
                           .b = part,
                           .width = panel.width,
                           .depth = depth,
                           .accumulate = accumulate,
                           .sums = out.data + panel.first,
                           .stride = out.stride};
      for (Index row = 0; row < whole; row += kTileRows, product.sums += kTileRows * out.stride) {
        product.a = {a.data + row * a.stride + k, a.stride, 1};
        if (panel.is_whole()) {
          multiply_panel(product);
        } else {
          multiply_part(product, panel.columns, kTileRows);
        }
      }
      if (whole < rows) {
        product.a = {last, kDepth, 1};
        multiply_part(product, panel.columns, rows - whole);
      }
    });
  }
}

// Packed copies of up to kDepth rows: b [rows, N] in panels, a [rows, M] in groups of kTileRows
// columns, each [rows, kTileRows].
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
          std::copy_n(from, kPanel, to);  // the constant size compiles to a few vectors
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
          std::copy_n(from, kTileRows, to);  // the constant size compiles to a few vectors
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

void add_transposed_product_here(const TransposedProduct& product, float* scratch, float* sum) {
  const Index rows = product.rows, M = product.M, N = product.N;
  const TransposedScratch work(M, N, scratch);
  for (Index first = 0; first < rows; first += kDepth) {
    const Index depth = std::min<Index>(kDepth, rows - first);
    work.load(product.a, product.b, first, depth);
    for_each_panel(0, N, N, [&](const Panel& panel) HWY_ATTR {
      for (Index row = 0; row < M; row += kTileRows) {
        const PanelProduct tile{.a = {work.a + row * depth, 1, kTileRows},
                                .b = work.b + panel.first * depth,
                                .width = panel.width,
                                .depth = depth,
                                .accumulate = true,
                                .sums = sum + row * N + panel.first,
                                .stride = N};
        if (panel.is_whole() && row + kTileRows <= M) {
          multiply_panel(tile);
        } else {
          multiply_part(tile, panel.columns, std::min(kTileRows, M - row));
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

void add_transposed_product(const TransposedProduct& product, float* scratch, float* sum) {
  HWY_DYNAMIC_DISPATCH(add_transposed_product_here)(product, scratch, sum);
}

}  // namespace pno::train
#endif  // HWY_ONCE
