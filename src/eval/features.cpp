#include "eval/features.h"

#include "eval/pitch_features.h"
#include "eval/repetition_features.h"
#include "eval/time_features.h"

namespace pno::eval {
namespace {

template <class Array>
std::vector<double> listed(const Array& values) {
  return {values.begin(), values.end()};
}

std::vector<double> values_of(Feature feature, const Excerpt& excerpt) {
  const Notes notes = excerpt.notes;
  switch (feature) {
    case Feature::pitch_range:
      return {pitch_range(notes)};
    case Feature::distinct_pitches:
      return {distinct_pitches(notes)};
    case Feature::pitch_classes:
      return listed(pitch_class_histogram(notes));
    case Feature::pitch_class_transitions:
      return listed(pitch_class_transitions(notes));
    case Feature::pitch_class_entropy_1s:
      return {pitch_class_entropy(notes, 1)};
    case Feature::pitch_class_entropy_4s:
      return {pitch_class_entropy(notes, 4)};
    case Feature::scale_consistency:
      return {scale_consistency(notes)};
    case Feature::key_fit:
      return {key_fit(notes)};
    case Feature::density:
      return {density(excerpt)};
    case Feature::inter_onset:
      return {inter_onset_median(notes)};
    case Feature::inter_onset_histogram:
      return listed(inter_onset_histogram(notes));
    case Feature::length:
      return {length_median(notes)};
    case Feature::length_histogram:
      return listed(length_histogram(notes));
    case Feature::velocity:
      return {mean_velocity(notes)};
    case Feature::velocity_range:
      return {velocity_range_of_second(notes)};
    case Feature::polyphony:
      return {polyphony(notes)};
    case Feature::groove:
      return {onset_groove(excerpt)};
    case Feature::silence:
      return {silence_share(excerpt)};
    case Feature::repetition:
      return listed(repetition_by_lag(excerpt));
    case Feature::restrikes:
      return {restrikes_per_thousand(notes)};
    case Feature::drones:
      return {drones_per_thousand(notes)};
    case Feature::loops:
      return {loop_share(notes)};
  }
  return {};
}

}  // namespace

FeatureText feature_text(Feature feature) {
  switch (feature) {
    case Feature::pitch_range:
      return {"pitch range", "semitones"};
    case Feature::distinct_pitches:
      return {"different pitches", "pitches"};
    case Feature::pitch_classes:
      return {"pitch classes", ""};
    case Feature::pitch_class_transitions:
      return {"pitch class transitions", ""};
    case Feature::pitch_class_entropy_1s:
      return {"pitch class entropy, 1 s", "bits"};
    case Feature::pitch_class_entropy_4s:
      return {"pitch class entropy, 4 s", "bits"};
    case Feature::scale_consistency:
      return {"scale consistency", "share"};
    case Feature::key_fit:
      return {"key fit", "0 to 1"};
    case Feature::density:
      return {"density", "notes/s"};
    case Feature::inter_onset:
      return {"inter-onset interval, median", "s"};
    case Feature::inter_onset_histogram:
      return {"inter-onset intervals", ""};
    case Feature::length:
      return {"note length, median", "s"};
    case Feature::length_histogram:
      return {"note lengths", ""};
    case Feature::velocity:
      return {"velocity, mean", "1 to 127"};
    case Feature::velocity_range:
      return {"velocity range of a second", "1 to 127"};
    case Feature::polyphony:
      return {"polyphony", "notes"};
    case Feature::groove:
      return {"onset groove, 100 ms", "share"};
    case Feature::silence:
      return {"silence", "share"};
    case Feature::repetition:
      return {"repetition at 1 to 16 s", ""};
    case Feature::restrikes:
      return {"restrikes under 60 ms", "of 1,000"};
    case Feature::drones:
      return {"drones of 9.9 s", "of 1,000"};
    case Feature::loops:
      return {"notes in loops", "share"};
  }
  return {};
}

FeatureValues measure(const Excerpt& excerpt) {
  FeatureValues values;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    values[i] = values_of(static_cast<Feature>(i), excerpt);
  }
  return values;
}

}  // namespace pno::eval
