#pragma once

// A MIDI message of at most three bytes with the time of its arrival. System exclusive messages are
// not kept.

#include <array>
#include <cstdint>
#include <span>

namespace pno::live {

inline constexpr int kSustainController = 64, kSostenutoController = 66, kSoftController = 67;
inline constexpr int kAllSoundOffController = 120, kAllNotesOffController = 123;

struct MidiMessage {
  std::int64_t time_us = 0;  // of the room's clock (live/clock.h)
  std::array<std::uint8_t, 3> bytes{};
  std::uint8_t size = 0;  // 1..3

  static constexpr MidiMessage of(std::int64_t time_us, int status, int first, int second) {
    return {time_us,
            {static_cast<std::uint8_t>(status), static_cast<std::uint8_t>(first),
             static_cast<std::uint8_t>(second)},
            3};
  }
  static constexpr MidiMessage note_on(std::int64_t time_us, int pitch, int velocity) {
    return of(time_us, 0x90, pitch, velocity);
  }
  static constexpr MidiMessage note_off(std::int64_t time_us, int pitch) {
    return of(time_us, 0x80, pitch, 64);
  }
  static constexpr MidiMessage control(std::int64_t time_us, int controller, int value) {
    return of(time_us, 0xB0, controller, value);
  }

  constexpr int kind() const noexcept { return bytes[0] < 0xF0 ? bytes[0] & 0xF0 : bytes[0]; }
  constexpr bool is_channel_message() const noexcept { return bytes[0] < 0xF0; }
  constexpr bool is_note_on() const noexcept { return kind() == 0x90 && bytes[2] > 0; }
  // Also a NOTE_ON with velocity 0.
  constexpr bool is_note_off() const noexcept {
    return kind() == 0x80 || (kind() == 0x90 && bytes[2] == 0);
  }
  constexpr bool is_control() const noexcept { return kind() == 0xB0; }
  constexpr bool is_control(int controller) const noexcept {
    return is_control() && bytes[1] == controller;
  }
  // All Sound Off and All Notes Off with its variants: controllers 120 and 123 to 127.
  constexpr bool ends_all_notes() const noexcept {
    return is_control() &&
           (bytes[1] == kAllSoundOffController || bytes[1] >= kAllNotesOffController);
  }
  constexpr int pitch() const noexcept { return bytes[1]; }
  constexpr int velocity() const noexcept { return bytes[2]; }
  constexpr int value() const noexcept { return bytes[2]; }
  constexpr bool pedal_is_down() const noexcept { return bytes[2] >= 64; }

  std::span<const std::uint8_t> data() const noexcept { return std::span(bytes).first(size); }
  bool operator==(const MidiMessage&) const = default;
};

}  // namespace pno::live
