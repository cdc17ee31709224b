#pragma once

// The features by which sets of music are compared.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "eval/excerpt.h"

namespace pno::eval {

enum class Feature : std::uint8_t {
  pitch_range,
  distinct_pitches,
  pitch_classes,
  pitch_class_transitions,
  pitch_class_entropy_1s,
  pitch_class_entropy_4s,
  scale_consistency,
  key_fit,
  density,
  inter_onset,
  inter_onset_histogram,
  length,
  length_histogram,
  velocity,
  velocity_range,
  polyphony,
  groove,
  silence,
  repetition,
  restrikes,
  drones,
  loops,
};
inline constexpr std::size_t kFeatures = static_cast<std::size_t>(Feature::loops) + 1;

constexpr auto enum_names(Feature) {
  return std::array{"pitch_range",
                    "distinct_pitches",
                    "pitch_classes",
                    "pitch_class_transitions",
                    "pitch_class_entropy_1s",
                    "pitch_class_entropy_4s",
                    "scale_consistency",
                    "key_fit",
                    "density",
                    "inter_onset",
                    "inter_onset_histogram",
                    "length",
                    "length_histogram",
                    "velocity",
                    "velocity_range",
                    "polyphony",
                    "groove",
                    "silence",
                    "repetition",
                    "restrikes",
                    "drones",
                    "loops"};
}

// For people: "pitch range", "semitones". A histogram has no unit.
struct FeatureText {
  std::string_view title, unit;
};
FeatureText feature_text(Feature feature);

// The values of an excerpt by feature: one value, or those of a histogram.
using FeatureValues = std::array<std::vector<double>, kFeatures>;
FeatureValues measure(const Excerpt& excerpt);

}  // namespace pno::eval
