#include "corpus/examples/control_plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace pno::corpus {

void MusicSums::add(const MusicSums& other) {
  steps += other.steps;
  onsets += other.onsets;
  velocities += other.velocities;
  for (std::size_t i = 0; i < class_steps.size(); ++i) class_steps[i] += other.class_steps[i];
}

void MusicMeter::read(const GridEvent& event) {
  if (sounding_.contains(event.pitch)) {
    sums_.class_steps[event.pitch % 12U] += static_cast<double>(event.step - since_[event.pitch]);
    sounding_.erase(event.pitch);
  }
  if (!event.is_on) return;
  ++sums_.onsets;
  sums_.velocities += event.velocity;
  sounding_.insert(event.pitch);
  since_[event.pitch] = event.step;
}

MusicSums MusicMeter::take(std::int64_t step) {
  sounding_.for_each([&](int pitch) {
    const auto p = static_cast<std::size_t>(pitch);
    sums_.class_steps[p % 12] += static_cast<double>(step - since_[p]);
    since_[p] = step;
  });
  sums_.steps = step - passage_start_;
  passage_start_ = step;
  return std::exchange(sums_, {});
}

ControlValues control_values(const PieceControls& piece, const MusicSums& passage,
                             const MusicSums& crop, int steps_per_second) {
  int density = -1, loudness = -1, polyphony = -1;
  if (passage.steps > 0) {
    const auto steps = static_cast<double>(passage.steps);
    const auto& lengths = passage.class_steps;
    const double note_steps = std::accumulate(lengths.begin(), lengths.end(), 0.0);
    density = events::density_bin(static_cast<double>(passage.onsets) * steps_per_second / steps);
    polyphony = events::polyphony_bin(note_steps / steps);
  }
  if (passage.onsets > 0) {
    loudness = events::loudness_bin(static_cast<double>(passage.velocities) /
                                    static_cast<double>(passage.onsets));
  }
  const int key = events::key_of(crop.class_steps);
  return {piece.composer, piece.music_kind, key, density, loudness, polyphony};
}

void drop_values(double probability, RandomStream& random, ControlValues& values) {
  for (int& value : values) {
    if (random.uniform() < probability) value = -1;
  }
}

std::vector<ControlPlace> plan_controls(const ControlledMusic& music, const ControlOptions& options,
                                        RandomStream& random) {
  const auto events = music.events;
  std::vector<ControlPlace> places;
  if (random.uniform() < options.drop_all || events.empty()) return places;
  std::vector<MusicSums> passages;
  MusicMeter meter;
  std::int64_t next = 0, last_step = 0;  // steps
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& event = events[i];
    const bool is_first_of_step = i == 0 || event.step > last_step;
    if (is_first_of_step && event.step >= next) {
      // The first passage begins at time 0, which may be before the first event.
      if (!places.empty()) passages.push_back(meter.take(event.step));
      places.push_back({.event = i});
      const double seconds =
          options.least_s + (options.greatest_s - options.least_s) * random.uniform();
      next = event.step + std::lround(seconds * music.steps_per_second);
    }
    last_step = event.step;
    if (!music.melody_is_given || !event.is_melody) meter.read(event);
  }
  passages.push_back(meter.take(last_step));
  MusicSums crop;
  for (const auto& passage : passages) crop.add(passage);
  for (std::size_t i = 0; i < places.size(); ++i) {
    places[i].values = control_values(music.piece, passages[i], crop, music.steps_per_second);
    drop_values(options.drop_each, random, places[i].values);
  }
  return places;
}

}  // namespace pno::corpus
