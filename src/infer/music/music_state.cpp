#include "infer/music/music_state.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pno::infer {
namespace {

using events::Kind;
using events::Token;

constexpr double kMaxSeconds = 1e6;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

Expected<void> check_seconds(std::string_view field, double seconds) {
  if (seconds >= 0 && seconds <= kMaxSeconds) return {};
  return fail_usage("{} is {}; it must be 0 (no limit) to {:.0f} seconds", field, seconds,
                    kMaxSeconds);
}

// The steps within the limit, at least one. 0.29 s is 29 steps of 10 ms despite binary rounding.
std::int64_t limit_steps(double seconds, const events::Vocabulary& vocabulary) {
  if (seconds == 0) return kNever;
  constexpr double kRounding = 1e-6;
  const double steps = std::floor(seconds * vocabulary.steps_per_second + kRounding);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(steps));
}

}  // namespace

Expected<void> MusicLimits::validate() const {
  PNO_TRY_VOID(check_seconds("longest_note", longest_note_s));
  PNO_TRY_VOID(check_seconds("longest_silence", longest_silence_s));
  if (most_notes < 0) {
    return fail_usage("most_notes is {}; it must be 0 (no limit) or more", most_notes);
  }
  return {};
}

MusicState::MusicState(const events::Vocabulary& vocabulary, const MusicLimits& limits)
    : grammar_(vocabulary) {
  PNO_CHECK(limits.validate().has_value(), "the limits are out of range");
  use(limits);
}

void MusicState::use(const MusicLimits& limits) noexcept {
  longest_note_ = limit_steps(limits.longest_note_s, grammar_.vocabulary());
  longest_silence_ = limit_steps(limits.longest_silence_s, grammar_.vocabulary());
  most_notes_ = limits.most_notes > 0 ? limits.most_notes : kNone;
  update_limits();
}

void MusicState::read(Token token) noexcept {
  grammar_.read(token);
  update_limits();
}

void MusicState::update_limits() noexcept {
  first_due_ = kNone;
  max_shift_ = grammar_.longest_shift();
  if (sounding_notes() == 0) {
    const auto silence = step() - grammar_.silent_since();
    max_shift_ = std::min(max_shift_, std::max<std::int64_t>(longest_silence_ - silence, 0));
  }
  if (longest_note_ != kNever) {
    grammar_.sounding().for_each([&](int pitch) {
      const auto left = longest_note_ - (step() - grammar_.struck_at(pitch));
      if (left <= 0 && pitch >= grammar_.first_note_off()) first_due_ = std::min(first_due_, pitch);
      // After a prime it may be too late for its NOTE_OFF in this step; then it ends in the next
      // one.
      max_shift_ = std::min(max_shift_, std::max<std::int64_t>(left, 1));
    });
  }
  // Only a prime can end in a VELOCITY that no NOTE_ON may follow.
  if (sounding_notes() >= most_notes_) grammar_.release_velocity();
}

Fault MusicState::fault_of(Token token) const noexcept {
  const Fault fault = grammar_.fault_of(token);
  if (fault != Fault::none) return fault;
  const auto event = grammar_.vocabulary().event(token);
  switch (event.kind) {
    case Kind::note_on:
    case Kind::velocity:
      return fault_of_strike();
    case Kind::note_off:
      return event.value > first_due_ ? Fault::long_note : Fault::none;
    case Kind::time_shift:
      return fault_of_shift(event.value);
    case Kind::bos:
    case Kind::eos:
      break;
  }
  return Fault::none;
}

Fault MusicState::fault_of_strike() const noexcept {
  if (first_due_ != kNone) return Fault::long_note;
  return sounding_notes() >= most_notes_ ? Fault::polyphony : Fault::none;
}

Fault MusicState::fault_of_shift(int steps) const noexcept {
  if (first_due_ != kNone) return Fault::long_note;
  if (steps <= max_shift_) return Fault::none;
  return sounding_notes() > 0 ? Fault::long_note : Fault::silence;
}

void MusicState::close(std::vector<Token>& tokens) {
  const auto& vocabulary = grammar_.vocabulary();
  // In a prime, other events may come between a VELOCITY and its NOTE_ON.
  const bool ends_in_velocity =
      !tokens.empty() && vocabulary.event(tokens.back()).kind == Kind::velocity;
  if (grammar_.velocity_waits() && ends_in_velocity) tokens.pop_back();
  grammar_.release_velocity();
  const auto add = [&](Token token) {
    tokens.push_back(token);
    read(token);
  };
  // First the notes that may still end in this step, then the others in a later one.
  const int lowest = grammar_.first_note_off();
  grammar_.sounding().for_each([&](int pitch) {
    if (pitch >= lowest) add(vocabulary.note_off(pitch));
  });
  if (sounding_notes() == 0) return;
  const auto half_a_second = std::max<std::int64_t>(vocabulary.steps_per_second / 2, 1);
  add(vocabulary.time_shift(static_cast<int>(std::min(max_shift_, half_a_second))));
  grammar_.sounding().for_each([&](int pitch) { add(vocabulary.note_off(pitch)); });
}

}  // namespace pno::infer
