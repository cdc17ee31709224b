#include "live/playback.h"

#include <algorithm>

#include "live/key_messages.h"

namespace pno::live {

Playback::Playback(const midi::Performance& performance, MidiOutput& output)
    : messages_(key_messages(performance)),
      output_(output),
      length_us_(messages_.empty() ? 0 : messages_.back().time_us),
      is_complete_(true) {}

void Playback::add(std::int64_t now_us, std::span<const MidiMessage> messages,
                   std::int64_t known_us) {
  if (!paused_ && position_us(now_us) >= length_us_) {
    // The music continues now, not where it would be if all had been known.
    from_us_ = length_us_;
    at_us_ = now_us;
    if (length_us_ > 0 && known_us > length_us_) ++waits_;
  }
  messages_.insert(messages_.end(), messages.begin(), messages.end());
  length_us_ = std::max(length_us_, known_us);
}

std::int64_t Playback::position_us(std::int64_t now_us) const {
  if (paused_) return from_us_;
  const auto passed = static_cast<double>(now_us - at_us_) * tempo_;
  return std::min(length_us_, from_us_ + static_cast<std::int64_t>(passed));
}

std::int64_t Playback::next_us() const {
  if (paused_ || next_ == messages_.size()) return INT64_MAX;
  const auto ahead = static_cast<double>(messages_[next_].time_us - from_us_) / tempo_;
  return at_us_ + static_cast<std::int64_t>(ahead);
}

void Playback::send(const MidiMessage& message) {
  if (message.is_note_on()) sounding_.insert(message.pitch());
  if (message.is_note_off()) sounding_.erase(message.pitch());
  output_.send(message.data());
}

void Playback::play(std::int64_t now_us) {
  for (auto due_us = next_us(); due_us <= now_us; due_us = next_us()) {
    const auto& message = messages_[next_++];
    send(message);
    if (!message.is_note_on()) continue;
    ++notes_;
    if (now_us - due_us > period_us_) ++late_notes_;
    delays_.add(now_us - due_us);
  }
}

void Playback::stop() {
  sounding_.for_each([&](int pitch) { send(MidiMessage::note_off(0, pitch)); });
  send(MidiMessage::control(0, kSustainController, 0));
  send(MidiMessage::control(0, kSostenutoController, 0));
  send(MidiMessage::control(0, kAllNotesOffController, 0));
}

void Playback::pause(std::int64_t now_us) {
  from_us_ = position_us(now_us);
  paused_ = true;
  stop();
}

void Playback::resume(std::int64_t now_us) {
  seek(now_us, from_us_);
  paused_ = false;
}

void Playback::seek(std::int64_t now_us, std::int64_t position_us) {
  stop();
  from_us_ = std::clamp<std::int64_t>(position_us, 0, length_us_);
  at_us_ = now_us;
  const auto first =
      std::lower_bound(messages_.begin(), messages_.end(), from_us_,
                       [](const auto& m, std::int64_t at_us) { return m.time_us < at_us; });
  next_ = static_cast<std::size_t>(first - messages_.begin());
  // The pedals are as they are at this position.
  for (const int pedal : {kSustainController, kSostenutoController}) {
    const auto last = std::find_if(std::make_reverse_iterator(first), messages_.rend(),
                                   [&](const auto& m) { return m.is_control(pedal); });
    if (last != messages_.rend() && last->pedal_is_down()) send(*last);
  }
}

void Playback::set_tempo(std::int64_t now_us, double factor) {
  from_us_ = position_us(now_us);
  at_us_ = now_us;
  tempo_ = factor;
}

}  // namespace pno::live
