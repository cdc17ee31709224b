#pragma once

// A room without threads or ports, for tests: a pianist with a script, a port in memory, and the
// duet and the player on a clock that the test moves.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <stdexcept>
#include <vector>

#include "events/vocabulary.h"
#include "live/duet.h"
#include "live/midi_output.h"
#include "live/player.h"

namespace pno::live {

// Plays 72, 74, 76, … for 0.2 s each, without end. Remembers all that it read.
class ScriptedPianist : public Pianist {
 public:
  const events::Vocabulary& vocabulary() const override { return events::kPerformance; }
  void read(std::span<const events::Token> tokens) override {
    heard.insert(heard.end(), tokens.begin(), tokens.end());
  }
  double rest() override { return rest_now; }
  void begin_answer(std::span<const events::Token> tokens) override {
    ++answers_begun;
    before_answer.assign(tokens.begin(), tokens.end());
    pitch_ = 72;
    next_.assign(opening.begin(), opening.end());
  }
  std::optional<events::Token> draw(Draw how) override {
    if (throws) throw std::runtime_error("the script says so");
    if (next_.empty()) {
      const auto& v = events::kPerformance;
      if (pitch_ > 72) {
        next_ = {v.time_shift(20), v.note_off(last_)};
      }
      if (how == Draw::ending) {
        if (pitch_ == 72) return std::nullopt;
      } else {
        next_.push_back(v.note_on(pitch_));
        last_ = pitch_;
        pitch_ = pitch_ >= 90 ? 74 : pitch_ + 2;
      }
    }
    const auto token = next_.front();
    next_.pop_front();
    return token;
  }

  void wish(Wish wish, double value) override { wishes.emplace_back(wish, value); }

  std::vector<events::Token> heard, before_answer;
  std::vector<events::Token> opening;  // drawn before the scale
  std::vector<std::pair<Wish, double>> wishes;
  double rest_now = 0;
  std::atomic<bool> throws{false};
  int answers_begun = 0;

 private:
  int pitch_ = 72, last_ = 72;
  std::deque<events::Token> next_;
};

// A port in memory: what was sent when, and what sounds now.
class MemoryPort : public MidiOutput {
 public:
  static constexpr std::size_t kMost = 1 << 16;

  MemoryPort() { sent.reserve(kMost); }

  void send(std::span<const std::uint8_t> message) noexcept override {
    MidiMessage copy{.time_us = now_us, .size = static_cast<std::uint8_t>(message.size())};
    std::copy(message.begin(), message.end(), copy.bytes.begin());
    if (sent.size() < kMost) sent.push_back(copy);
    if (copy.is_note_on()) ++sounding[copy.bytes[1]];
    if (copy.is_note_off()) sounding[copy.bytes[1]] = 0;
    if (copy.is_control(kSustainController)) pedal = copy.value();
  }

  // Times at which a pitch was struck.
  std::vector<std::int64_t> strikes(int pitch) const {
    std::vector<std::int64_t> times;
    for (const auto& message : sent) {
      if (message.is_note_on() && message.pitch() == pitch) times.push_back(message.time_us);
    }
    return times;
  }
  int sounding_notes() const {
    return static_cast<int>(
        std::count_if(sounding.begin(), sounding.end(), [](int count) { return count > 0; }));
  }

  std::int64_t now_us = 0;
  std::vector<MidiMessage> sent;
  std::array<int, 128> sounding{};
  int pedal = 0;
};

class TestRoom : private Player::Reports, private Duet::Plan {
 public:
  explicit TestRoom(const DuetOptions& duet_options = {}, const PlayerOptions& player_options = {})
      : player(player_options, port, *this), duet(pianist, duet_options, *this) {}

  void hear(MidiMessage message) {
    message.time_us = now_us;
    port.now_us = now_us;
    player.hear(message);
    duet.hear(message);
    run();
  }
  // Moves the clock by milliseconds.
  void wait_ms(int ms) {
    for (int i = 0; i < ms; ++i) {
      now_us += 1000;
      run();
    }
  }
  void run() {
    port.now_us = now_us;
    player.play(now_us);
    do {
      for (const auto& event : std::exchange(reports, {})) duet.played(event);
    } while (duet.think(now_us) || !reports.empty());
    player.play(now_us);
  }
  void press(int pitch, int velocity = 80) { hear(MidiMessage::note_on(0, pitch, velocity)); }
  void release(int pitch) { hear(MidiMessage::note_off(0, pitch)); }
  void control(int controller, int value) { hear(MidiMessage::control(0, controller, value)); }
  bool is_answering() const { return duet.state() == Duet::State::answering; }

  std::int64_t now_us = 1'000'000;
  MemoryPort port;
  ScriptedPianist pianist;
  std::vector<PlayedEvent> reports;
  std::vector<std::int64_t> late_us;
  std::vector<std::int64_t> turns_asked_us;
  Player player;
  Duet duet;

 private:
  void played(const PlayedEvent& event) noexcept override {
    reports.push_back(event);
    if (event.kind == PlayedEvent::Kind::began) turns_asked_us.push_back(event.asked_us);
  }
  void sent(std::int64_t late) noexcept override { late_us.push_back(late); }
  bool plan(const PlannedEvent& event) override {
    if (!player.has_room()) return false;
    player.plan(event);
    return true;
  }
};

}  // namespace pno::live
