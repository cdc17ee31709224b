#include "live/duet.h"

#include <algorithm>
#include <cmath>

namespace pno::live {
namespace {

using events::Token;

constexpr double kSecondUs = 1e6;

// At rest, by the model's view, the pause is shorter by up to this share.
constexpr double kShorterAtRest = 0.6;

// An answer is drawn ahead after this silence, and at first only its beginning: most answers are
// thrown away, because the person continues.
constexpr std::int64_t kSettle_us = 25'000;
constexpr double kFirstAhead_s = 0.25;
constexpr double kLongSilence = 0.4;  // share of the pause after which all of it is drawn

// A model that does not begin with a note, or does not end its notes, does so after this.
constexpr std::size_t kMostEventsBeforeANote = 64;
constexpr double kEnding_s = 1.5;

}  // namespace

Expected<void> DuetOptions::validate() const {
  if (!(pause_s >= 0.1 && pause_s <= 60)) {
    return fail_usage("pause is {}; it must be 0.1 to 60 seconds", pause_s);
  }
  if (!(turn_s >= 0.5 && turn_s <= 3600)) {
    return fail_usage("turn is {}; it must be 0.5 to 3600 seconds", turn_s);
  }
  if (!(ahead_s >= 0.2 && ahead_s <= 10)) {
    return fail_usage("ahead is {}; it must be 0.2 to 10 seconds", ahead_s);
  }
  if (takeover_controller < -1 || takeover_controller > 119) {
    return fail_usage("the controller of the takeover is {}; it must be 0 to 119, or -1 for none",
                      takeover_controller);
  }
  if (takeover_pitch < -1 || takeover_pitch > 127) {
    return fail_usage("the key of the takeover is {}; it must be 0 to 127, or -1 for none",
                      takeover_pitch);
  }
  return {};
}

Duet::Duet(Pianist& pianist, const DuetOptions& options, Plan& plan)
    : pianist_(pianist), options_(options), plan_(plan), encoder_(pianist.vocabulary()) {}

std::int64_t Duet::step_us(std::int64_t steps) const {
  return std::llround(static_cast<double>(steps) * pianist_.vocabulary().step_us());
}

void Duet::hear(const MidiMessage& message) {
  const std::int64_t now_us = message.time_us;
  if (message.is_note_on() && message.pitch() == options_.takeover_pitch) return request(now_us);
  if (message.is_note_on()) {
    encoder_.key_down(now_us, message.pitch(), message.velocity());
    model_sounding_.erase(message.pitch());
    last_note_us_ = last_note_on_us_ = now_us;
    has_played_ = true;
  } else if (message.is_note_off()) {
    encoder_.key_up(now_us, message.pitch());
    last_note_us_ = now_us;
  } else if (message.is_control(options_.takeover_controller)) {
    const bool is_down = message.pedal_is_down();
    if (is_down && !was_controller_down_) request(now_us);
    was_controller_down_ = is_down;
  } else if (message.is_control(kSustainController)) {
    pedal_is_down_ = message.pedal_is_down();
    // During an answer the pedal does not count; see Player.
    if (state_ == State::listening) encoder_.pedal(now_us, pedal_is_down_);
  } else if (message.ends_all_notes()) {
    lost_messages(now_us);
  }
}

void Duet::lost_messages(std::int64_t now_us) {
  encoder_.all_up(now_us);
  pedal_is_down_ = false;
  last_note_us_ = now_us;
}

void Duet::request(std::int64_t now_us) {
  if (state_ == State::answering) return;
  is_requested_ = true;
  requested_us_ = now_us;
}

void Duet::take_over(std::int64_t now_us) {
  request(now_us);
}

void Duet::played(const PlayedEvent& event) {
  if (event.turn != turn_) return;
  switch (event.kind) {
    case PlayedEvent::Kind::began:
      break;
    case PlayedEvent::Kind::note_on:
      encoder_.strikes(event.time_us, event.pitch, event.velocity);
      model_sounding_.insert(event.pitch);
      break;
    case PlayedEvent::Kind::note_off:
      encoder_.ends(event.time_us, event.pitch);
      model_sounding_.erase(event.pitch);
      break;
    case PlayedEvent::Kind::ended:
    case PlayedEvent::Kind::interrupted:
      // The player has ended the notes that the answer left sounding.
      model_sounding_.for_each([&](int pitch) { encoder_.ends(event.time_us, pitch); });
      model_sounding_.clear();
      state_ = State::listening;
      answer_ = {};
      has_played_ =
          event.kind == PlayedEvent::Kind::interrupted || last_note_on_us_ > event.time_us;
      is_requested_ = false;
      last_note_us_ = std::max(last_note_us_, event.time_us);
      encoder_.pedal(event.time_us, pedal_is_down_);
      break;
  }
}

// Lets the pianist read the events of all steps that are over, or all of them.
void Duet::read_heard(std::int64_t now_us, bool all) {
  tokens_.clear();
  if (all) {
    encoder_.flush_all(now_us, tokens_);
  } else {
    encoder_.flush(now_us, tokens_);
  }
  if (tokens_.empty()) return;
  pianist_.read(tokens_);
  tokens_read_ += static_cast<std::int64_t>(tokens_.size());
  if (state_ != State::listening) return;
  answer_ = {};
  rest_ = pianist_.rest();
}

std::int64_t Duet::silence_us() const {
  return static_cast<std::int64_t>(options_.pause_s * (1 - kShorterAtRest * rest_) * kSecondUs);
}

std::int64_t Duet::takeover_us() const {
  return has_played_ ? last_note_us_ + silence_us() : kNever;
}

std::int64_t Duet::next_us(std::int64_t now_us) const {
  if (state_ == State::answering && answer_.planned < answer_.events.size()) return now_us;
  const auto due = encoder_.flush_due_us();
  std::int64_t next = due >= 0 ? due : kNever;
  if (state_ == State::answering) {
    if (answer_.is_complete) return next;
    const auto sounds_us = turn_start_us_ + step_us(answer_.steps);
    return std::min(next, sounds_us - static_cast<std::int64_t>(options_.ahead_s * kSecondUs));
  }
  if (!has_played_) return next;
  next = std::min(next, takeover_us());
  const auto long_us = static_cast<double>(silence_us()) * kLongSilence;
  for (const auto silence : {kSettle_us, static_cast<std::int64_t>(long_us)}) {
    const auto at_us = last_note_us_ + silence;
    if (at_us >= now_us) next = std::min(next, at_us);
  }
  return next;
}

bool Duet::think(std::int64_t now_us) {
  read_heard(now_us, /*all=*/false);
  if (state_ == State::listening && (is_requested_ || now_us >= takeover_us())) {
    // Draws until the answer has a note; the turn begins with the next call, at its time.
    read_heard(now_us, /*all=*/true);
    if (!answer_.is_begun) {
      begin_answer(now_us);
    } else if (answer_.has_note || answer_.is_complete) {
      start_turn(now_us, is_requested_ ? requested_us_ : takeover_us());
    } else if (answer_.events.size() < kMostEventsBeforeANote) {
      draw();
    } else {
      end_answer();
    }
    return true;
  }
  if (state_ == State::listening) {
    const bool is_settled = now_us >= last_note_us_ + kSettle_us && encoder_.flush_due_us() < 0;
    if (!has_played_ || !is_settled) return false;
    if (!answer_.is_begun) {
      begin_answer(takeover_us());
      return true;
    }
  } else if (!offer()) {
    return false;
  }
  if (!wants_more(now_us)) return false;
  draw();
  if (state_ == State::answering) offer();
  return true;
}

bool Duet::wants_more(std::int64_t now_us) const {
  if (answer_.is_complete) return false;
  const double drawn_s = static_cast<double>(step_us(answer_.steps)) / kSecondUs;
  if (state_ == State::answering) {
    const double sounded_s = static_cast<double>(now_us - turn_start_us_) / kSecondUs;
    return drawn_s < sounded_s + options_.ahead_s;
  }
  const auto silence = static_cast<double>(now_us - last_note_us_);
  const bool is_long = silence >= kLongSilence * static_cast<double>(silence_us());
  return !answer_.has_note || drawn_s < (is_long ? options_.ahead_s : kFirstAhead_s);
}

// An answer to what sounds now, that begins at `at_us`.
void Duet::begin_answer(std::int64_t at_us) {
  LiveEncoder then = encoder_;
  tokens_.clear();
  then.flush_all(at_us, tokens_);
  then.pedal(at_us, /*down=*/false);
  then.flush_all(at_us, tokens_);
  then.shift_to(at_us, tokens_);
  pianist_.begin_answer(tokens_);
  answer_ = {};
  answer_.is_begun = true;
  answer_.bin = then.velocity_bin();
}

void Duet::draw() {
  const auto how = answer_.is_ending ? Draw::ending : answer_.has_note ? Draw::any : Draw::first;
  const auto token = pianist_.draw(how);
  if (!token) return end_answer();
  ++tokens_drawn_;
  add(*token);
}

void Duet::add(Token token) {
  const auto event = pianist_.vocabulary().event(token);
  PlannedEvent planned{.due_us = step_us(answer_.steps),
                       .pitch = static_cast<std::uint8_t>(event.value & 0x7F)};
  switch (event.kind) {
    case events::Kind::velocity:
      answer_.bin = event.value;
      return;
    case events::Kind::note_on: {
      const auto& vocabulary = pianist_.vocabulary();
      const int bin = answer_.bin >= 0 ? answer_.bin : vocabulary.velocity_bins / 2;
      planned.kind = PlannedEvent::Kind::note_on;
      planned.velocity = static_cast<std::uint8_t>(vocabulary.bin_velocity(bin));
      answer_.sounding.insert(event.value);
      answer_.has_note = true;
      answer_.events.push_back(planned);
      return;
    }
    case events::Kind::note_off:
      planned.kind = PlannedEvent::Kind::note_off;
      answer_.sounding.erase(event.value);
      answer_.events.push_back(planned);
      return;
    case events::Kind::time_shift: {
      answer_.steps += event.value;
      const double music_s = static_cast<double>(step_us(answer_.steps)) / kSecondUs;
      const double ending_s =
          music_s - static_cast<double>(step_us(answer_.steps_at_ending)) / kSecondUs;
      if (!answer_.is_ending && music_s >= options_.turn_s) {
        answer_.is_ending = true;
        answer_.steps_at_ending = answer_.steps;
      } else if (answer_.is_ending && ending_s >= kEnding_s) {
        return end_answer();
      }
      if (answer_.is_ending && answer_.sounding.empty()) end_answer();
      return;
    }
    default:
      return end_answer();
  }
}

void Duet::end_answer() {
  const std::int64_t due_us = step_us(answer_.steps);
  answer_.sounding.for_each([&](int pitch) {
    answer_.events.push_back({.due_us = due_us,
                              .kind = PlannedEvent::Kind::note_off,
                              .pitch = static_cast<std::uint8_t>(pitch)});
  });
  answer_.sounding.clear();
  answer_.events.push_back({.due_us = due_us, .kind = PlannedEvent::Kind::end});
  answer_.is_complete = true;
}

void Duet::start_turn(std::int64_t now_us, std::int64_t asked_us) {
  is_requested_ = false;
  ++turn_;
  turn_start_us_ = now_us + static_cast<std::int64_t>(options_.lead_s * kSecondUs);
  state_ = State::answering;
  encoder_.pedal(now_us, /*down=*/false);
  answer_.events.insert(answer_.events.begin(), {.due_us = 0,
                                                 .known_us = last_note_on_us_,
                                                 .asked_us = asked_us,
                                                 .kind = PlannedEvent::Kind::begin});
  offer();
}

// Gives events to the player until it has no room. Returns false if some are left.
bool Duet::offer() {
  while (answer_.planned < answer_.events.size()) {
    PlannedEvent event = answer_.events[answer_.planned];
    event.due_us += turn_start_us_;
    event.turn = turn_;
    if (!plan_.plan(event)) return false;
    ++answer_.planned;
  }
  return true;
}

}  // namespace pno::live
