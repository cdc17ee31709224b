#pragma once

// A tile of the fused attention: a block of queries times a block of keys of one head. Its logits
// are stored in one strip of memory that can be indexed in two ways.
//
//   by key       row r, column t: query first_query + r and key first_key + t
//   by distance  row r, column x: the same query; equal columns of all rows are equal distances
//                from query to key
//
// The same distance is one key later in the next row. So if the rows of the strip by key are
// kStride floats apart, the same memory with rows kStride + 1 floats apart is indexed by distance.
// This is the skew of Music Transformer (Huang et al. 2018, section 3.4.1) without moving an
// element. docs/attention.md has a drawing.

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

// Queries per tile: enough to reuse a panel of keys in the first-level cache many times.
constexpr Index kTileQueries = 64;
// Keys per tile. The backward pass reuses their data for all queries (1.2 MB at a head width of 64:
// keys, values and their gradients, the band and its gradient, two strips); it fits a second-level
// cache of 2 MB. With fewer keys, more of the band's work would be in the triangles at its ends.
constexpr Index kTileKeys = 384;
// Products write whole panels of at most this many columns, and may begin up to one panel early.
constexpr Index kMaxPanel = 48;
// A multiple of the panel width of every target and of the keys of a word of attention_dropout.h.
constexpr Index kKeyAlignment = 96;
static_assert(kTileKeys % kKeyAlignment == 0 && kKeyAlignment % kMaxPanel == 0);

struct Strip {
  // Columns by distance that products read and write in a row, from column -kMaxPanel on.
  static constexpr Index kDistances = kTileKeys + kTileQueries - 1 + 2 * kMaxPanel;
  // Floats before column 0 by key: the distances of row 0 begin there. Whole cache lines.
  static constexpr Index kMargin = 112;
  // An odd number of cache lines, so that the elements of a column are in different cache sets.
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
  Index begin_key, end_key;    // keys that some query sees, within kTileKeys of first_key
  // Columns of the band: the relative tables in the order of the keys, that is with the longest
  // distance first. Column c is the distance band_columns - 1 - c. 0 without tables.
  Index band_columns;

  // The keys that a row sees, as columns by key and by distance.
  Columns keys_of(Index row) const {
    return {begin_key - first_key, std::min(end_key, first_query + row + 1) - first_key};
  }
  Columns distances_of(Index row) const {
    const Index skew = kTileQueries - 1 - row;
    return {keys_of(row).begin + skew, keys_of(row).end + skew};
  }
  // Columns that at least one of the rows first … last sees. All rows have the same first key, and
  // the distances of a row never end later than those of the row before.
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
  // The band's columns, by distance.
  Columns band() const { return {-band_shift(), band_columns - band_shift()}; }
  // True if some query sees a key at a distance inside the band, or at one beyond it.
  bool meets_band() const { return band_columns > 0 && first_query - (end_key - 1) < band_columns; }
  bool goes_beyond_band() const {
    return band_columns > 0 && first_query + queries - 1 - begin_key >= band_columns;
  }

  // First row that sees key column t. First and end of the rows that see the distance columns
  // before x_end and from x_begin on.
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
