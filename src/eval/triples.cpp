#include "eval/triples.h"

#include <algorithm>
#include <cmath>

#include "corpus/matching/pitch_grams.h"

namespace pno::eval {
namespace {

constexpr double kBinsPerOctave = 2;
constexpr int kMostBins = 4;  // two octaves up or down
// Classes of the times d1 and d2 between the notes; the ratios follow.
constexpr TripleKey kAllTogether = 0, kFirstTogether = 1, kLastTogether = 2, kFirstRatio = 3;

struct Ratio {
  TripleKey fixed = 0;  // if one of the times is that of a chord
  bool is_fixed = false;
  double bins = 0;  // else 2 log2(d2 / d1)
};

Ratio ratio_of(const OnsetColumns& onsets, std::size_t first, const TripleShape& shape) {
  constexpr std::int64_t kChord_ms = corpus::kChordUs / 1000;
  const auto d1 = onsets.ms_between(first, first + shape.second);
  const auto d2 = onsets.ms_between(first + shape.second, first + shape.third);
  const bool is_d1_chord = d1 <= kChord_ms, is_d2_chord = d2 <= kChord_ms;
  if (is_d1_chord || is_d2_chord) {
    const auto either = is_d1_chord ? kFirstTogether : kLastTogether;
    return {.fixed = is_d1_chord && is_d2_chord ? kAllTogether : either, .is_fixed = true};
  }
  return {.bins = kBinsPerOctave * std::log2(static_cast<double>(d2) / static_cast<double>(d1))};
}

TripleKey ratio_class(double bins) {
  const int bin = std::clamp(static_cast<int>(bins), -kMostBins, kMostBins);
  return kFirstRatio + static_cast<TripleKey>(bin + kMostBins);
}

TripleKey interval_code(const OnsetColumns& onsets, std::size_t from, std::size_t to) {
  return static_cast<TripleKey>(std::clamp(onsets.pitch[to] - onsets.pitch[from] + 64, 0, 127));
}

TripleKey key_of(const OnsetColumns& onsets, std::size_t first, std::size_t shape,
                 TripleKey ratio) {
  const auto [second, third] = kTripleShapes[shape];
  const auto a = interval_code(onsets, first, first + second);
  const auto b = interval_code(onsets, first + second, first + third);
  return ((a << 7 | b) << 4 | ratio) << 2 | static_cast<TripleKey>(shape);
}

}  // namespace

void append_onsets(Notes notes, OnsetColumns& into) {
  std::vector<std::int64_t> start_us;
  std::vector<std::uint8_t> pitch;
  for (const auto& note : notes) {
    start_us.push_back(note.start_us);
    pitch.push_back(note.pitch);
  }
  std::vector<corpus::Onset> onsets;
  corpus::order_onsets({.start_us = start_us, .pitch = pitch}, onsets);
  for (const auto& onset : onsets) {
    into.ms.push_back(static_cast<std::uint32_t>(onset.start_us / 1000));
    into.pitch.push_back(onset.pitch);
  }
}

OnsetColumns onset_columns(Notes notes) {
  OnsetColumns columns;
  append_onsets(notes, columns);
  return columns;
}

TripleKey triple_key(const OnsetColumns& onsets, std::size_t first, std::size_t shape) {
  const auto ratio = ratio_of(onsets, first, kTripleShapes[shape]);
  return key_of(onsets, first, shape,
                ratio.is_fixed ? ratio.fixed : ratio_class(std::round(ratio.bins)));
}

std::array<TripleKey, 2> near_triple_keys(const OnsetColumns& onsets, std::size_t first,
                                          std::size_t shape) {
  const auto ratio = ratio_of(onsets, first, kTripleShapes[shape]);
  if (ratio.is_fixed) {
    const auto key = key_of(onsets, first, shape, ratio.fixed);
    return {key, key};
  }
  return {key_of(onsets, first, shape, ratio_class(std::floor(ratio.bins))),
          key_of(onsets, first, shape, ratio_class(std::ceil(ratio.bins)))};
}

}  // namespace pno::eval
