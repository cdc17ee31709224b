#pragma once

// Triples of notes: interval, interval and ratio of the times between them. They do not depend on
// transposition and tempo, as the fingerprints of Arzt, Böck and Widmer, "Fast identification of
// piece and score position via symbolic fingerprinting", 2012.

#include <array>
#include <cstdint>
#include <vector>

#include "eval/excerpt.h"

namespace pno::eval {

// The notes of music in reading order (corpus/matching/pitch_grams.h): those of a chord by pitch.
struct OnsetColumns {
  std::vector<std::uint32_t> ms;
  std::vector<std::uint8_t> pitch;

  std::size_t size() const { return pitch.size(); }
  std::int64_t ms_between(std::size_t from, std::size_t to) const {
    return std::int64_t{ms[to]} - std::int64_t{ms[from]};
  }
};

// Appends the notes; their times are from the start of the piece.
void append_onsets(Notes notes, OnsetColumns& into);
OnsetColumns onset_columns(Notes notes);

// A triple begins at any note. Its other two are the next two, or one note is left out: so a note
// that one of two versions lacks does not hide the others.
struct TripleShape {
  std::size_t second, third;  // places after the first note
};
inline constexpr std::array kTripleShapes = {TripleShape{1, 2}, TripleShape{1, 3},
                                             TripleShape{2, 3}};
inline constexpr std::size_t kTripleReach = 3;

// 7 bits for each interval, 4 for the ratio, 2 for the shape.
using TripleKey = std::uint32_t;
inline constexpr int kTripleBits = 20;

// The triple of that shape that begins at `first`; first + shape.third < size().
TripleKey triple_key(const OnsetColumns& onsets, std::size_t first, std::size_t shape);

// The keys of the triples whose ratios are nearest, at most half an octave apart: a ratio that
// stands between two bins is in both. One or two, the second equal to the first if there is one.
std::array<TripleKey, 2> near_triple_keys(const OnsetColumns& onsets, std::size_t first,
                                          std::size_t shape);

}  // namespace pno::eval
