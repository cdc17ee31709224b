#include "live/player.h"

#include <algorithm>

namespace pno::live {
namespace {

constexpr int kPitches = 128, kReleaseVelocity = 64;

}  // namespace

void Player::send(int status, int first, int second) noexcept {
  const std::array bytes = {static_cast<std::uint8_t>(status | options_.channel),
                            static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)};
  output_.send(bytes);
}

void Player::send_note_off(int pitch) noexcept {
  send(0x80, pitch, kReleaseVelocity);
  owner(pitch) = Owner::none;
}

void Player::send_sustain(int value) noexcept {
  if (value == sent_pedal_) return;
  sent_pedal_ = value;
  send(0xB0, kSustainController, value);
}

void Player::start() noexcept {
  for (int pitch = 0; pitch < kPitches; ++pitch) send_note_off(pitch);
  for (const int pedal : {kSustainController, kSostenutoController, kSoftController}) {
    send(0xB0, pedal, 0);
  }
  send(0xB0, kAllNotesOffController, 0);
}

void Player::hear(const MidiMessage& message) noexcept {
  const int pitch = message.pitch();
  if (message.is_note_on()) return hear_note_on(message);
  if (message.is_note_off()) {
    if (owner(pitch) != Owner::person) return;  // the model ended it, or struck it again
    owner(pitch) = Owner::none;
    if (options_.monitor) send_note_off(pitch);
    return;
  }
  if (message.is_control()) return hear_control(message);
  if (options_.monitor && message.is_channel_message()) {
    auto bytes = message.bytes;
    bytes[0] = static_cast<std::uint8_t>(message.kind() | options_.channel);
    output_.send(std::span(bytes).first(message.size));
  }
}

void Player::hear_note_on(const MidiMessage& message) noexcept {
  const int pitch = message.pitch();
  if (pitch == options_.takeover_pitch) return;
  last_note_on_us_ = message.time_us;
  if (answering_) interrupt(message.time_us);
  if (options_.monitor) {
    if (owner(pitch) != Owner::none) send_note_off(pitch);
    send(0x90, pitch, message.velocity());
  }
  owner(pitch) = Owner::person;
}

void Player::hear_control(const MidiMessage& message) noexcept {
  if (message.ends_all_notes()) return release_keys();
  const int controller = message.bytes[1];
  if (controller == options_.takeover_controller) return;
  if (options_.kept_controllers[message.bytes[1]]) return;
  if (controller == kSustainController) {
    pedal_ = message.value();
    // During an answer the pedal would blur the model's notes. It counts again afterwards.
    if (options_.monitor && !answering_) send_sustain(pedal_);
    return;
  }
  if (options_.monitor) send(0xB0, controller, message.value());
}

bool Player::is_later(const Waiting& a, const Waiting& b) noexcept {
  return a.send_us != b.send_us ? a.send_us > b.send_us : a.order > b.order;
}

void Player::plan(const PlannedEvent& event) noexcept {
  if (event.turn <= past_turn_ || !has_room()) return;
  auto& waiting = waiting_[waiting_size_++];
  waiting = {event, event.due_us, order_++};
  if (event.kind == PlannedEvent::Kind::note_on) {
    waiting.send_us -= options_.latency_us[event.velocity & 0x7F];
  } else if (event.kind != PlannedEvent::Kind::begin) {
    waiting.send_us -= options_.latency_us[kReleaseVelocity];
  }
  std::push_heap(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(waiting_size_),
                 is_later);
}

std::int64_t Player::next_due_us() const noexcept {
  return waiting_size_ == 0 ? kNever : waiting_.front().send_us;
}

void Player::play(std::int64_t now_us) noexcept {
  while (waiting_size_ > 0 && waiting_.front().send_us <= now_us) {
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(waiting_size_);
    std::pop_heap(waiting_.begin(), end, is_later);
    const Waiting next = waiting_[--waiting_size_];
    if (next.event.turn <= past_turn_) continue;
    play_event(next.event);
    const bool is_note = next.event.kind == PlannedEvent::Kind::note_on ||
                         next.event.kind == PlannedEvent::Kind::note_off;
    if (is_note) reports_.sent(now_us - next.send_us);
  }
}

void Player::report(PlayedEvent::Kind kind, const PlannedEvent& event) noexcept {
  reports_.played({.time_us = event.due_us,
                   .asked_us = event.asked_us,
                   .turn = event.turn,
                   .kind = kind,
                   .pitch = event.pitch,
                   .velocity = event.velocity});
}

void Player::play_event(const PlannedEvent& event) noexcept {
  const int pitch = event.pitch;
  switch (event.kind) {
    case PlannedEvent::Kind::begin:
      return begin_turn(event);
    case PlannedEvent::Kind::note_on:
      if (owner(pitch) != Owner::none) send_note_off(pitch);
      send(0x90, pitch, event.velocity);
      owner(pitch) = Owner::model;
      return report(PlayedEvent::Kind::note_on, event);
    case PlannedEvent::Kind::note_off:
      if (owner(pitch) == Owner::none) return;  // the person has let go of it before
      send_note_off(pitch);
      return report(PlayedEvent::Kind::note_off, event);
    case PlannedEvent::Kind::end:
      leave_turn();
      return report(PlayedEvent::Kind::ended, event);
  }
}

void Player::begin_turn(const PlannedEvent& event) noexcept {
  turn_ = event.turn;
  answering_ = true;
  if (last_note_on_us_ > event.known_us) return interrupt(last_note_on_us_);
  // The model's music has its pedal in the lengths of its notes.
  if (options_.monitor) send_sustain(0);
  report(PlayedEvent::Kind::began, event);
}

// Ends the model's notes and forgets the others that it planned.
void Player::leave_turn() noexcept {
  for (int pitch = 0; pitch < kPitches; ++pitch) {
    if (owner(pitch) == Owner::model) send_note_off(pitch);
  }
  answering_ = false;
  past_turn_ = turn_;
  if (options_.monitor) send_sustain(pedal_);
}

void Player::interrupt(std::int64_t now_us) noexcept {
  if (!answering_) return;
  leave_turn();
  reports_.played({.time_us = now_us, .turn = turn_, .kind = PlayedEvent::Kind::interrupted});
}

void Player::release_keys() noexcept {
  for (int pitch = 0; pitch < kPitches; ++pitch) {
    if (owner(pitch) != Owner::person) continue;
    owner(pitch) = Owner::none;
    if (options_.monitor) send_note_off(pitch);
  }
  pedal_ = 0;
  if (options_.monitor && !answering_) send_sustain(0);
}

void Player::stop(std::int64_t now_us) noexcept {
  interrupt(now_us);
  waiting_size_ = 0;
  for (int pitch = 0; pitch < kPitches; ++pitch) {
    if (owner(pitch) != Owner::none) send_note_off(pitch);
  }
  sent_pedal_ = pedal_ = 0;
  for (const int pedal : {kSustainController, kSostenutoController, kSoftController}) {
    send(0xB0, pedal, 0);
  }
  send(0xB0, kAllNotesOffController, 0);
}

int Player::sounding_notes() const noexcept {
  return static_cast<int>(
      std::count_if(owners_.begin(), owners_.end(), [](Owner o) { return o != Owner::none; }));
}

}  // namespace pno::live
