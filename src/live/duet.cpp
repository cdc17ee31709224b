#include "live/duet.h"

#include <algorithm>

#include "base/fields.h"

namespace pno::live {
namespace {

constexpr double kSecondUs = 1e6;

// At rest, by the model's view, the pause is shorter by up to this share.
constexpr double kShorterAtRest = 0.6;

// An answer is drawn ahead after this silence, and at first only its beginning: most answers are
// thrown away, because the person continues.
constexpr std::int64_t kSettle_us = 25'000;
constexpr double kFirstAhead_s = 0.25;
constexpr double kLongSilence = 0.4;  // share of the pause after which all of it is drawn

// A model that does not begin with a note has no answer.
constexpr std::size_t kMostEventsBeforeANote = 64;

// All notes of its first step are drawn: a chord sounds together.
bool begins_whole(const Answer& answer) {
  return answer.is_complete() || (answer.has_note() && answer.length_us() > 0);
}

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
  if (const auto* control = controls.find(takeover_controller)) {
    return fail_usage("controller {} gives the turn to pno, so it cannot be {}, too",
                      takeover_controller, enum_name(control->wish));
  }
  return {};
}

Duet::Duet(Pianist& pianist, const DuetOptions& options, Plan& plan)
    : pianist_(pianist), options_(options), plan_(plan), encoder_(pianist.vocabulary()) {}

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
  } else if (message.is_control()) {
    const auto* control = options_.controls.find(message.bytes[1]);
    if (control == nullptr) return;
    wishes_[static_cast<std::size_t>(control->wish)] = control->value(message.value());
  }
}

// What was drawn ahead does not fulfil new wishes. An answer that sounds does from its next draw
// on.
void Duet::tell_wishes() {
  for (std::size_t i = 0; i < wishes_.size(); ++i) {
    if (!wishes_[i]) continue;
    pianist_.wish(static_cast<Wish>(i), *wishes_[i]);
    wishes_[i].reset();
    if (state_ == State::listening) answer_.reset();
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
      answer_.reset();
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
  const auto due_us = encoder_.flush_due_us();
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
  answer_.reset();
  rest_ = pianist_.rest();
  rest_since_us_ = due_us < 0 ? now_us : std::min(due_us, now_us);
}

std::int64_t Duet::silence_us() const {
  return static_cast<std::int64_t>(options_.pause_s * (1 - kShorterAtRest * rest_) * kSecondUs);
}

std::int64_t Duet::takeover_us() const {
  return has_played_ ? last_note_us_ + silence_us() : kNever;
}

std::int64_t Duet::next_us(std::int64_t now_us) const {
  if (state_ == State::answering && answer_->next() != nullptr) return now_us;
  const auto due = encoder_.flush_due_us();
  std::int64_t next = due >= 0 ? due : kNever;
  if (state_ == State::answering) {
    if (answer_->is_complete()) return next;
    const auto sounds_us = turn_start_us_ + answer_->length_us();
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
  tell_wishes();
  read_heard(now_us, /*all=*/false);
  if (state_ == State::listening && (is_requested_ || now_us >= takeover_us())) {
    // Draws until the answer can begin; the turn begins with the next call, at its time.
    read_heard(now_us, /*all=*/true);
    if (!answer_) {
      begin_answer(now_us);
    } else if (begins_whole(*answer_)) {
      // A pedal that rises late in the silence may shorten the pause to less than has passed.
      start_turn(now_us, is_requested_ ? requested_us_ : std::max(takeover_us(), rest_since_us_));
    } else if (answer_->events() < kMostEventsBeforeANote) {
      draw();
    } else {
      answer_->end();
    }
    return true;
  }
  if (state_ == State::listening) {
    const bool is_settled = now_us >= last_note_us_ + kSettle_us && encoder_.flush_due_us() < 0;
    if (!has_played_ || !is_settled) return false;
    if (!answer_) {
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
  if (answer_->is_complete()) return false;
  const double drawn_s = static_cast<double>(answer_->length_us()) / kSecondUs;
  if (state_ == State::answering) {
    const double sounded_s = static_cast<double>(now_us - turn_start_us_) / kSecondUs;
    return drawn_s < sounded_s + options_.ahead_s;
  }
  const auto silence = static_cast<double>(now_us - last_note_us_);
  const bool is_long = silence >= kLongSilence * static_cast<double>(silence_us());
  return !answer_->has_note() || drawn_s < (is_long ? options_.ahead_s : kFirstAhead_s);
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
  answer_.emplace(pianist_.vocabulary(), options_.turn_s, then.velocity_bin());
}

void Duet::draw() {
  const auto token = pianist_.draw(answer_->next_draw());
  if (!token) return answer_->end();
  ++tokens_drawn_;
  answer_->add(*token);
}

void Duet::start_turn(std::int64_t now_us, std::int64_t asked_us) {
  is_requested_ = false;
  ++turn_;
  turn_start_us_ = now_us + static_cast<std::int64_t>(options_.lead_s * kSecondUs);
  state_ = State::answering;
  encoder_.pedal(now_us, /*down=*/false);
  answer_->open({.due_us = 0,
                 .known_us = last_note_on_us_,
                 .asked_us = asked_us,
                 .kind = PlannedEvent::Kind::begin});
  offer();
}

// Gives events to the player until it has no room. Returns false if some are left.
bool Duet::offer() {
  while (const PlannedEvent* next = answer_->next()) {
    PlannedEvent event = *next;
    event.due_us += turn_start_us_;
    event.turn = turn_;
    if (!plan_.plan(event)) return false;
    answer_->take();
  }
  return true;
}

}  // namespace pno::live
