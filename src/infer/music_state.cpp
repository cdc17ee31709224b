#include "infer/music_state.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pno::infer {
namespace {

using events::Kind;
using events::Token;

constexpr double kMostSeconds = 1e6;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

Expected<void> check_seconds(std::string_view field, double seconds) {
  if (seconds >= 0 && seconds <= kMostSeconds) return {};
  return fail_usage("{} is {}; it must be 0 (no limit) to {:.0f} seconds", field, seconds,
                    kMostSeconds);
}

// The steps that fit the limit, at least one; 0.29 s are 29 steps of 10 ms, whatever binary makes
// of it.
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
    : vocabulary_(vocabulary) {
  PNO_CHECK(limits.validate().has_value(), "limits out of range");
  use(limits);
}

void MusicState::use(const MusicLimits& limits) noexcept {
  longest_note_ = limit_steps(limits.longest_note_s, vocabulary_);
  longest_silence_ = limit_steps(limits.longest_silence_s, vocabulary_);
  most_notes_ = limits.most_notes > 0 ? limits.most_notes : kNone;
  look_ahead();
}

void MusicState::read(Token token) noexcept {
  const auto event = vocabulary_.event(token);
  switch (event.kind) {
    case Kind::note_on:
      strike(event.value);
      break;
    case Kind::note_off:
      release(event.value);
      break;
    case Kind::time_shift:
      now_ += event.value;
      after_ = event.value == vocabulary_.max_shift_steps ? After::full_shift : After::shift;
      last_off_ = last_on_ = -1;
      velocity_waits_ = false;
      break;
    case Kind::velocity:
      bin_ = event.value;
      velocity_waits_ = true;
      after_ = After::other;
      break;
    case Kind::bos:
    case Kind::eos:
      return;
  }
  look_ahead();
}

void MusicState::strike(int pitch) noexcept {
  if (!sounding_.contains(pitch)) ++notes_;
  sounding_.insert(pitch);
  struck_at_[static_cast<std::size_t>(pitch)] = now_;
  last_on_ = std::max(last_on_, pitch);
  velocity_waits_ = false;
  after_ = After::other;
}

void MusicState::release(int pitch) noexcept {
  if (!sounding_.contains(pitch)) return;
  sounding_.erase(pitch);
  if (--notes_ == 0) silent_since_ = now_;
  last_off_ = std::max(last_off_, pitch);
  after_ = After::other;
}

// A note can still be ended in this step: none was struck, and the NOTE_OFFs are below its pitch.
bool MusicState::awaits_due(int pitch) const noexcept {
  return last_on_ < 0 && !velocity_waits_ && pitch > last_off_;
}

void MusicState::look_ahead() noexcept {
  first_due_ = kNone;
  most_shift_ = after_ == After::shift ? 0 : vocabulary_.max_shift_steps;
  if (notes_ == 0) {
    const auto silence = now_ - silent_since_;
    most_shift_ = std::min(most_shift_, std::max<std::int64_t>(longest_silence_ - silence, 0));
  }
  if (longest_note_ != kNever) {
    sounding_.for_each([&](int pitch) {
      const auto left = longest_note_ - (now_ - struck_at_[static_cast<std::size_t>(pitch)]);
      if (left <= 0 && awaits_due(pitch)) first_due_ = std::min(first_due_, pitch);
      // A prime may have left it sounding where no NOTE_OFF may come any more: in the next step.
      most_shift_ = std::min(most_shift_, std::max<std::int64_t>(left, 1));
    });
  }
  int highest_silent = kNone - 1;
  while (highest_silent >= 0 && sounding_.contains(highest_silent)) --highest_silent;
  has_room_ = highest_silent > last_on_;
  // Only a prime's VELOCITY can wait where no NOTE_ON may follow: it is then for a later one.
  if (!has_room_ || notes_ >= most_notes_) velocity_waits_ = false;
}

Fault MusicState::fault_of(Token token) const noexcept {
  const auto event = vocabulary_.event(token);
  switch (event.kind) {
    case Kind::note_on:
      return fault_of_note_on(event.value);
    case Kind::note_off:
      return fault_of_note_off(event.value);
    case Kind::time_shift:
      return fault_of_shift(event.value);
    case Kind::velocity:
      return fault_of_velocity(event.value);
    case Kind::bos:
      return Fault::piece_end;
    case Kind::eos:
      break;
  }
  return notes_ == 0 && last_off_ >= 0 && !velocity_waits_ ? Fault::none : Fault::piece_end;
}

Fault MusicState::fault_of_strike() const noexcept {
  if (first_due_ != kNone) return Fault::long_note;
  return notes_ >= most_notes_ ? Fault::polyphony : Fault::none;
}

Fault MusicState::fault_of_note_on(int pitch) const noexcept {
  if (sounding_.contains(pitch)) return Fault::restrike;
  if (pitch <= last_on_) return Fault::order;
  if (bin_ < 0) return Fault::velocity;
  return fault_of_strike();
}

Fault MusicState::fault_of_note_off(int pitch) const noexcept {
  if (!sounding_.contains(pitch)) return Fault::stray_note_off;
  if (struck_at_[static_cast<std::size_t>(pitch)] == now_ && last_on_ >= 0) {
    return Fault::empty_note;
  }
  if (last_on_ >= 0 || pitch <= last_off_) return Fault::order;
  if (velocity_waits_) return Fault::velocity;
  return pitch > first_due_ ? Fault::long_note : Fault::none;
}

Fault MusicState::fault_of_shift(int steps) const noexcept {
  if (velocity_waits_) return Fault::velocity;
  if (after_ == After::shift) return Fault::split_shift;
  if (first_due_ != kNone) return Fault::long_note;
  if (steps <= most_shift_) return Fault::none;
  return notes_ > 0 ? Fault::long_note : Fault::silence;
}

Fault MusicState::fault_of_velocity(int bin) const noexcept {
  if (velocity_waits_ || bin == bin_ || !has_room_) return Fault::velocity;
  if (bin > vocabulary_.velocity_bin(127)) return Fault::velocity;
  return fault_of_strike();
}

void MusicState::close(std::vector<Token>& tokens) {
  // In a prime anything may stand between a VELOCITY and its NOTE_ON.
  const bool ends_in_velocity =
      !tokens.empty() && vocabulary_.event(tokens.back()).kind == Kind::velocity;
  if (velocity_waits_ && ends_in_velocity) tokens.pop_back();
  velocity_waits_ = false;
  const auto add = [&](Token token) {
    tokens.push_back(token);
    read(token);
  };
  // Here what the order within a step lets end, then the rest.
  const int lowest = last_on_ >= 0 ? kNone : last_off_ + 1;
  sounding_.for_each([&](int pitch) {
    if (pitch >= lowest) add(vocabulary_.note_off(pitch));
  });
  if (notes_ == 0) return;
  const auto half_a_second = std::max<std::int64_t>(vocabulary_.steps_per_second / 2, 1);
  add(vocabulary_.time_shift(static_cast<int>(std::min(most_shift_, half_a_second))));
  sounding_.for_each([&](int pitch) { add(vocabulary_.note_off(pitch)); });
}

}  // namespace pno::infer
