#include "live/answer.h"

#include <cmath>

namespace pno::live {
namespace {

// A model that does not end its notes does so after this.
constexpr std::int64_t kEnding_us = 1'500'000;

}  // namespace

Answer::Answer(const events::Vocabulary& vocabulary, double turn_s, int bin)
    : vocabulary_(vocabulary),
      turn_s_(turn_s),
      bin_(bin >= 0 ? bin : vocabulary.velocity_bins / 2) {}

std::int64_t Answer::us_of(std::int64_t steps) const {
  return std::llround(static_cast<double>(steps) * vocabulary_.step_us());
}

std::int64_t Answer::length_us() const {
  return us_of(steps_);
}

Draw Answer::next_draw() const {
  return is_ending_ ? Draw::ending : has_note_ ? Draw::any : Draw::first;
}

void Answer::add(events::Token token) {
  const auto event = vocabulary_.event(token);
  const auto pitch = static_cast<std::uint8_t>(event.value & 0x7F);
  switch (event.kind) {
    case events::Kind::velocity:
      bin_ = event.value;
      return;
    case events::Kind::note_on:
      sounding_.insert(pitch);
      has_note_ = true;
      events_.push_back({.due_us = length_us(),
                         .kind = PlannedEvent::Kind::note_on,
                         .pitch = pitch,
                         .velocity = static_cast<std::uint8_t>(vocabulary_.bin_velocity(bin_))});
      return;
    case events::Kind::note_off:
      sounding_.erase(pitch);
      events_.push_back(
          {.due_us = length_us(), .kind = PlannedEvent::Kind::note_off, .pitch = pitch});
      return;
    case events::Kind::time_shift:
      return add_shift(event.value);
    default:
      return end();
  }
}

void Answer::add_shift(int steps) {
  steps_ += steps;
  if (!is_ending_ && static_cast<double>(length_us()) >= turn_s_ * 1e6) {
    is_ending_ = true;
    steps_at_ending_ = steps_;
  }
  if (!is_ending_) return;
  if (sounding_.empty() || length_us() - us_of(steps_at_ending_) >= kEnding_us) end();
}

void Answer::end() {
  sounding_.for_each([&](int pitch) {
    events_.push_back({.due_us = length_us(),
                       .kind = PlannedEvent::Kind::note_off,
                       .pitch = static_cast<std::uint8_t>(pitch)});
  });
  sounding_.clear();
  events_.push_back({.due_us = length_us(), .kind = PlannedEvent::Kind::end});
  is_complete_ = true;
}

}  // namespace pno::live
