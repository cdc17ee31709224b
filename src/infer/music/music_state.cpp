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

// The fewest steps that last as long.
std::int64_t steps_of_at_least(double seconds, const events::Vocabulary& vocabulary) {
  constexpr double kRounding = 1e-6;
  return static_cast<std::int64_t>(std::ceil(seconds * vocabulary.steps_per_second - kRounding));
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
  PNO_TRY_VOID(check_seconds("shortest_restrike", shortest_restrike_s));
  if (longest_loop < 0) {
    return fail_usage("longest_loop is {}; it must be 0 (no limit) or more", longest_loop);
  }
  return {};
}

MusicState::MusicState(const events::Vocabulary& vocabulary, const MusicLimits& limits)
    : grammar_(vocabulary) {
  PNO_CHECK(limits.validate().has_value(), "the limits are out of range");
  last_struck_.fill(-1);
  use(limits);
}

void MusicState::use(const MusicLimits& limits) noexcept {
  longest_note_ = limit_steps(limits.longest_note_s, grammar_.vocabulary());
  longest_silence_ = limit_steps(limits.longest_silence_s, grammar_.vocabulary());
  most_notes_ = limits.most_notes > 0 ? limits.most_notes : kNone;
  shortest_restrike_ = steps_of_at_least(limits.shortest_restrike_s, grammar_.vocabulary());
  longest_loop_ = limits.longest_loop;
  update_limits();
}

void MusicState::read(Token token, events::Role role) noexcept {
  using events::Role;
  grammar_.read(token, role);
  const auto event = grammar_.vocabulary().event(token);
  if (event.kind == Kind::note_on && (role == Role::played || role == Role::given)) {
    last_struck_[static_cast<std::size_t>(event.value)] = step();
    if (role == Role::played) loops_.strike(event.value);
  }
  update_limits();
}

void MusicState::update_limits() noexcept {
  first_due_ = kNone;
  max_shift_ = music().longest_shift();
  if (sounding_notes() == 0) {
    const auto silence = step() - music().silent_since();
    max_shift_ = std::min(max_shift_, std::max<std::int64_t>(longest_silence_ - silence, 0));
  }
  if (longest_note_ != kNever) {
    music().sounding().for_each([&](int pitch) {
      if (music().given().contains(pitch)) return;  // its player ends it
      const auto left = longest_note_ - (step() - music().struck_at(pitch));
      if (left <= 0 && pitch >= music().first_note_off()) first_due_ = std::min(first_due_, pitch);
      // After a prime it may be too late for its NOTE_OFF in this step; then it ends in the next
      // one.
      max_shift_ = std::min(max_shift_, std::max<std::int64_t>(left, 1));
    });
  }
  // Only a prime can end in a VELOCITY that no NOTE_ON may follow.
  if (sounding_notes() >= most_notes_) grammar_.release_velocity();
  update_playing_limits();
}

void MusicState::update_playing_limits() noexcept {
  beyond_loop_ = longest_loop_ > 0 ? loops_.beyond(longest_loop_) : events::PitchSet();
  strike_fault_ = Fault::none;
  is_waived_ = false;
  if (shortest_restrike_ == 0 && beyond_loop_.empty()) return;
  for (int pitch = music().last_note_on() + 1; pitch < kNone; ++pitch) {
    if (music().sounding().contains(pitch)) continue;
    const Fault fault = playing_fault(pitch);
    if (fault == Fault::none) {
      strike_fault_ = Fault::none;
      return;
    }
    strike_fault_ = fault;
  }
  // Some event must be allowed.
  is_waived_ = music().velocity_waits() || max_shift_ == 0;
  if (is_waived_) strike_fault_ = Fault::none;
}

bool MusicState::is_quick(int pitch) const noexcept {
  const auto struck_at = last_struck_[static_cast<std::size_t>(pitch)];
  return struck_at >= 0 && step() - struck_at < shortest_restrike_;
}

Fault MusicState::playing_fault(int pitch) const noexcept {
  if (is_waived_) return Fault::none;
  if (is_quick(pitch)) return Fault::quick_restrike;
  return beyond_loop_.contains(pitch) ? Fault::loop : Fault::none;
}

bool MusicState::can_restrike(int pitch) const noexcept {
  return is_sounding(pitch) && !music().given().contains(pitch) &&
         music().struck_at(pitch) < step() && !is_quick(pitch) && !beyond_loop_.contains(pitch);
}

Fault MusicState::fault_of(Token token) const noexcept {
  const Fault fault = grammar_.fault_of(token);
  if (fault != Fault::none) return fault;
  const auto event = grammar_.vocabulary().event(token);
  switch (event.kind) {
    case Kind::note_on: {
      const Fault of_strike = fault_of_strike();
      return of_strike != Fault::none ? of_strike : playing_fault(event.value);
    }
    case Kind::velocity: {
      const Fault of_strike = fault_of_strike();
      return of_strike != Fault::none ? of_strike : strike_fault_;
    }
    case Kind::note_off:
      return event.value > first_due_ ? Fault::long_note : Fault::none;
    case Kind::time_shift:
      return fault_of_shift(event.value);
    default:
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
  if (music().velocity_waits() && ends_in_velocity) tokens.pop_back();
  grammar_.release_velocity();
  const auto add = [&](Token token) {
    tokens.push_back(token);
    read(token);
  };
  // First the notes that may still end in this step, then the others in a later one.
  const int lowest = music().first_note_off();
  music().sounding().for_each([&](int pitch) {
    if (pitch >= lowest) add(vocabulary.note_off(pitch));
  });
  if (sounding_notes() == 0) return;
  const auto half_a_second = std::max<std::int64_t>(vocabulary.steps_per_second / 2, 1);
  add(vocabulary.time_shift(static_cast<int>(std::min(max_shift_, half_a_second))));
  music().sounding().for_each([&](int pitch) { add(vocabulary.note_off(pitch)); });
}

}  // namespace pno::infer
