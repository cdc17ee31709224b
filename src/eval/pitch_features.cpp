#include "eval/pitch_features.h"

#include <algorithm>
#include <bitset>
#include <cmath>

#include "infer/music/key.h"

namespace pno::eval {
namespace {

using PitchClassCounts = std::array<double, kPitchClasses>;

constexpr std::array kDiatonic = {0, 2, 4, 5, 7, 9, 11};  // semitones above the tonic

std::size_t pitch_class(const events::PlainNote& note) {
  return note.pitch % kPitchClasses;
}

PitchClassCounts count_pitch_classes(Notes notes) {
  PitchClassCounts counts{};
  for (const auto& note : notes) counts[pitch_class(note)] += 1;
  return counts;
}

double entropy_bits(const PitchClassCounts& counts) {
  double sum = 0, bits = 0;
  for (const double count : counts) sum += count;
  for (const double count : counts) {
    if (count > 0) bits -= count / sum * std::log2(count / sum);
  }
  return bits;
}

}  // namespace

double pitch_range(Notes notes) {
  if (notes.empty()) return 0;
  const auto [low, high] = std::ranges::minmax(notes, std::less{}, &events::PlainNote::pitch);
  return high.pitch - low.pitch;
}

double distinct_pitches(Notes notes) {
  std::bitset<256> pitches;
  for (const auto& note : notes) pitches.set(note.pitch);
  return static_cast<double>(pitches.count());
}

std::array<double, kPitchClasses> pitch_class_histogram(Notes notes) {
  auto shares = count_pitch_classes(notes);
  for (auto& share : shares) share /= static_cast<double>(std::max<std::size_t>(notes.size(), 1));
  return shares;
}

std::array<double, kPitchClasses * kPitchClasses> pitch_class_transitions(Notes notes) {
  std::array<double, kPitchClasses * kPitchClasses> shares{};
  if (notes.size() < 2) return shares;
  const double one = 1 / static_cast<double>(notes.size() - 1);
  for (std::size_t i = 1; i < notes.size(); ++i) {
    shares[pitch_class(notes[i - 1]) * kPitchClasses + pitch_class(notes[i])] += one;
  }
  return shares;
}

double pitch_class_entropy(Notes notes, double window_s) {
  const auto window_us = std::llround(window_s * 1e6);
  double sum = 0;
  int windows = 0;
  for (std::size_t first = 0; first < notes.size();) {
    const std::int64_t window = notes[first].start_us / window_us;
    std::size_t end = first + 1;
    while (end < notes.size() && notes[end].start_us / window_us == window) ++end;
    sum += entropy_bits(count_pitch_classes(notes.subspan(first, end - first)));
    ++windows;
    first = end;
  }
  return windows > 0 ? sum / windows : 0;
}

double scale_consistency(Notes notes) {
  const auto shares = pitch_class_histogram(notes);
  double best = 0;
  for (std::size_t tonic = 0; tonic < kPitchClasses; ++tonic) {
    double share = 0;
    for (const int above : kDiatonic) {
      share += shares[(tonic + static_cast<std::size_t>(above)) % kPitchClasses];
    }
    best = std::max(best, share);
  }
  return best;
}

double key_fit(Notes notes) {
  const auto shares = pitch_class_histogram(notes);
  double best = 0;
  for (const bool is_minor : {false, true}) {
    for (int tonic = 0; tonic < static_cast<int>(kPitchClasses); ++tonic) {
      double fit = 0;
      for (std::size_t i = 0; i < kPitchClasses; ++i) {
        fit += shares[i] * (1 - infer::foreignness({tonic, is_minor}, static_cast<int>(i)));
      }
      best = std::max(best, fit);
    }
  }
  return best;
}

}  // namespace pno::eval
