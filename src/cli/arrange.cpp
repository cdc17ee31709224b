#include "cli/arrange.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pno::cli {
namespace {

constexpr int kMostSemitones = 127;
constexpr double kLeastScale = 0.1, kMostScale = 10;

std::int64_t scaled(std::int64_t time_us, double tempo_scale) {
  return std::llround(static_cast<double>(time_us) / tempo_scale);
}

std::uint32_t length_between(std::int64_t start_us, std::int64_t end_us) {
  constexpr std::int64_t kLongestUs = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(end_us - start_us, 1, kLongestUs));
}

}  // namespace

Expected<void> ArrangeOptions::validate() const {
  if (transpose < -kMostSemitones || transpose > kMostSemitones) {
    return fail_usage("--transpose is {}; it must be -{} to {} semitones", transpose,
                      kMostSemitones, kMostSemitones);
  }
  if (!(tempo_scale >= kLeastScale && tempo_scale <= kMostScale)) {
    return fail_usage("--tempo-scale is {}; it must be {} to {}", tempo_scale, kLeastScale,
                      kMostScale);
  }
  return {};
}

midi::Performance without_opening(const midi::Performance& performance, std::int64_t from_us) {
  midi::Performance rest;
  for (auto note : performance.notes) {
    if (note.start_us < from_us) continue;
    note.start_us -= from_us;
    rest.notes.push_back(note);
  }
  return rest;
}

std::int64_t arrange(midi::Performance& performance, const ArrangeOptions& options) {
  PNO_CHECK(performance.pedals.empty(), "the performance has no pedals");
  const auto left_out = std::erase_if(performance.notes, [&](const midi::Note& note) {
    const int pitch = note.pitch + options.transpose;
    return pitch < 0 || pitch > 127;
  });
  for (auto& note : performance.notes) {
    note.pitch = static_cast<std::uint8_t>(note.pitch + options.transpose);
    if (options.tempo_scale == 1) continue;
    const auto end_us = scaled(note.end_us(), options.tempo_scale);
    note.start_us = scaled(note.start_us, options.tempo_scale);
    note.length_us = note.key_length_us = length_between(note.start_us, end_us);
  }
  return static_cast<std::int64_t>(left_out);
}

}  // namespace pno::cli
