#pragma once

// Where the fused attention works: a tile is some queries times some keys of one head, and its
// logits lie in one strip of memory that can be read in two ways.
//
//   by key       row r, column t: the query first_query + r and the key first_key + t
//   by distance  row r, column x: the same query and the key that lies `distance(x)` before it
//
// One row further, the same distance is one key further. So if the rows of the strip by key are
// `kStride` floats apart, the same memory read with rows kStride + 1 apart is by distance: this is
// the skew of Music Transformer (Huang et al. 2018, section 3.4.1), and no element moves for it.
//
// docs/attention.md draws it.

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace pno::train {

using Index = std::ptrdiff_t;

// A half-open range of columns.
struct Columns {
  Index begin, end;
  bool empty() const { return begin >= end; }
};

constexpr Columns intersection(Columns a, Columns b) {
  return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
}

// Queries of a tile: enough that a panel of keys in the first-level cache serves many of them.
// Keys: what the backward pass holds of them while all queries pass (1.2 MB at a head width of 64:
// keys, values and their gradients, the band and its gradient, two strips) stays in a second-level
// cache of 2 MB; fewer would leave more of the band's work to the triangles at its ends.
constexpr Index kTileQueries = 64;
constexpr Index kTileKeys = 384;
// A product writes whole panels of columns, up to so many, and may begin that much too early.
constexpr Index kMaxPanel = 48;
// Whole panels on every target, and whole words of attention_dropout.h.
constexpr Index kKeyAlignment = 96;
static_assert(kTileKeys % kKeyAlignment == 0 && kKeyAlignment % kMaxPanel == 0);

struct Strip {
  // What products by distance read and write of a row, from column -kMaxPanel on.
  static constexpr Index kDistances = kTileKeys + kTileQueries - 1 + 2 * kMaxPanel;
  // Before column 0 by key: what lies there by distance in row 0, in whole cache lines.
  static constexpr Index kMargin = 112;
  // An odd number of cache lines, so that the rows of a column fall into different cache sets.
  static constexpr Index kStride = 624;
  static constexpr Index kFloats = kTileQueries * kStride;
  static_assert(kMargin % 16 == 0 && kMargin >= kMaxPanel + kTileQueries - 1);
  static_assert(kStride >= kMargin - kMaxPanel + kDistances && kStride / 16 % 2 == 1);

  float* data;  // [kTileQueries, kStride]

  float* by_key(Index row, Index t) const { return data + row * kStride + kMargin + t; }
  float* by_distance(Index row, Index x) const { return by_key(row, x - (kTileQueries - 1 - row)); }
};

struct Tile {
  Index first_query, queries;  // at most kTileQueries
  Index first_key;             // column 0 by key: a multiple of kKeyAlignment
  Index begin_key, end_key;    // what some query sees, within kTileKeys of first_key
  // The tables are read with the longest distance first, so that their columns, the band, run the
  // way of the keys: column c is the distance band_columns - 1 - c. 0 where there are none.
  Index band_columns;

  // The keys that a row sees, as columns by key and by distance.
  Columns keys_of(Index row) const {
    return {begin_key - first_key, std::min(end_key, first_query + row + 1) - first_key};
  }
  Columns distances_of(Index row) const {
    const Index skew = kTileQueries - 1 - row;
    return {keys_of(row).begin + skew, keys_of(row).end + skew};
  }
  // The same for any of the rows first … last: the first key is that of all rows, and the distances
  // of a row end where those of the row before do, or earlier.
  Columns keys_of(Index first, Index last) const {
    return {keys_of(first).begin, keys_of(last).end};
  }
  Columns distances_of(Index first, Index last) const {
    return {distances_of(last).begin, distances_of(first).end};
  }

  // Band column c is column c - band_shift() by distance.
  Index band_shift() const {
    return band_columns - 1 - (first_query - first_key + kTileQueries - 1);
  }
  // The columns by distance that the band has.
  Columns band() const { return {-band_shift(), band_columns - band_shift()}; }
  // Whether some query sees a key with a distance in the band; or one beyond it.
  bool meets_band() const { return band_columns > 0 && first_query - (end_key - 1) < band_columns; }
  bool goes_beyond_band() const {
    return band_columns > 0 && first_query + queries - 1 - begin_key >= band_columns;
  }

  // The rows that see some of the keys, or distances, in these columns.
  Index first_row_of_key(Index t) const { return std::max<Index>(0, first_key + t - first_query); }
  Index first_row_of_distance(Index x_end) const {
    return std::max<Index>(0, begin_key - first_key + kTileQueries - x_end);
  }
  Index end_row_of_distance(Index x_begin) const {
    if (x_begin >= first_query - first_key + kTileQueries) return 0;  // after the query
    return std::min(queries, end_key - first_key + kTileQueries - 1 - x_begin);
  }
};

}  // namespace pno::train
