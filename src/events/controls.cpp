#include "events/controls.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace pno::events {
namespace {

// How well each pitch class fits a key on C: Krumhansl and Kessler, "Tracing the dynamic changes in
// perceived tonal organization in a spatial representation of musical keys" (1982), figure 3.
constexpr std::array kMajor = {6.35, 2.23, 3.48, 2.33, 4.38, 4.09,
                               2.52, 5.19, 2.39, 3.66, 2.29, 2.88};
constexpr std::array kMinor = {6.33, 2.68, 3.52, 5.38, 2.60, 3.53,
                               2.54, 4.75, 3.98, 2.69, 3.34, 3.17};

constexpr std::array<std::string_view, kKeys> kKeyNames = {
    "C major",       "C sharp major", "D major",       "E flat major", "E major",      "F major",
    "F sharp major", "G major",       "A flat major",  "A major",      "B flat major", "B major",
    "C minor",       "C sharp minor", "D minor",       "E flat minor", "E minor",      "F minor",
    "F sharp minor", "G minor",       "G sharp minor", "A minor",      "B flat minor", "B minor"};

double mean(std::span<const double, 12> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / 12;
}

// A profile with mean 0 and norm 1: its product with durations orders keys as correlation does.
std::array<double, 12> normal_profile(const std::array<double, 12>& profile) {
  const double average = mean(profile);
  std::array<double, 12> result{};
  double squares = 0;
  for (std::size_t i = 0; i < 12; ++i) {
    result[i] = profile[i] - average;
    squares += result[i] * result[i];
  }
  for (double& value : result) value /= std::sqrt(squares);
  return result;
}

template <std::size_t N>
int bin_of(double value, const std::array<double, N>& edges) {
  return static_cast<int>(std::upper_bound(edges.begin(), edges.end(), value) - edges.begin());
}

}  // namespace

int density_bin(double onsets_per_second) {
  return bin_of(onsets_per_second, kDensityEdges);
}

int loudness_bin(double mean_velocity) {
  const double width = (kGreatestLoudness - kLeastLoudness) / kLoudnessBins;
  const double bin = std::floor((mean_velocity - kLeastLoudness) / width);
  return static_cast<int>(std::clamp(bin, 0.0, kLoudnessBins - 1.0));
}

int polyphony_bin(double mean_sounding_notes) {
  return bin_of(mean_sounding_notes, kPolyphonyEdges);
}

int key_of(std::span<const double, 12> durations) {
  static const std::array kProfiles = {normal_profile(kMajor), normal_profile(kMinor)};
  if (std::adjacent_find(durations.begin(), durations.end(), std::not_equal_to<>()) ==
      durations.end()) {
    return -1;
  }
  int best_key = 0;
  double best_fit = -HUGE_VAL;
  for (int key = 0; key < kKeys; ++key) {
    const auto& profile = kProfiles[static_cast<std::size_t>(key / 12)];
    const auto tonic = static_cast<std::size_t>(key % 12);
    double fit = 0;
    for (std::size_t i = 0; i < 12; ++i) fit += profile[i] * durations[(i + tonic) % 12];
    if (fit <= best_fit) continue;
    best_fit = fit;
    best_key = key;
  }
  return best_key;
}

std::string_view key_name(int key) {
  return kKeyNames.at(static_cast<std::size_t>(key));
}

}  // namespace pno::events
