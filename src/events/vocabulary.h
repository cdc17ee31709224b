#pragma once

// The performance events of a model and their token ids.
// After Simon and Oore, "Performance RNN" (2017), and Huang et al., "Music Transformer" (2018).
//
//   0..127                NOTE_ON pitch
//   128..255              NOTE_OFF pitch
//   256..255+S            TIME_SHIFT 1..S steps           S = max_shift_steps
//   256+S..255+S+V        VELOCITY 0..V-1                 V = velocity_bins
//   256+S+V               BOS, the start of a piece
//   257+S+V               EOS, its end

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pno::events {

using Token = std::uint16_t;

enum class Kind : std::uint8_t { note_on, note_off, time_shift, velocity, bos, eos };
constexpr auto enum_names(Kind) {
  return std::array{"NOTE_ON", "NOTE_OFF", "TIME_SHIFT", "VELOCITY", "BOS", "EOS"};
}
inline constexpr int kKinds = 6;

struct Event {
  Kind kind = Kind::bos;
  int value = 0;  // pitch, steps or bin; 0 for BOS and EOS

  bool operator==(const Event&) const = default;
};

struct Vocabulary {
  int steps_per_second = 100;  // time grid; 100: steps of 10 ms
  int max_shift_steps = 100;   // the longest TIME_SHIFT
  int velocity_bins = 32;

  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("steps_per_second", c.steps_per_second, "time steps a second; 100 is a grid of 10 ms");
    visit("max_shift_steps", c.max_shift_steps, "steps of the longest TIME_SHIFT");
    visit("velocity_bins", c.velocity_bins, "loudness levels, 1 to 127");
  }

  bool operator==(const Vocabulary&) const = default;

  // Returns an error if a field is out of range (1..1000, 1..10000, 1..127).
  Expected<void> validate() const;

  constexpr int size() const { return 258 + max_shift_steps + velocity_bins; }

  Token note_on(int pitch) const { return static_cast<Token>(pitch); }
  Token note_off(int pitch) const { return static_cast<Token>(128 + pitch); }
  Token time_shift(int steps) const { return static_cast<Token>(255 + steps); }
  Token velocity(int bin) const { return static_cast<Token>(256 + max_shift_steps + bin); }
  Token bos() const { return static_cast<Token>(256 + max_shift_steps + velocity_bins); }
  Token eos() const { return static_cast<Token>(257 + max_shift_steps + velocity_bins); }

  // token < size()
  Event event(Token token) const;
  Token token(const Event& event) const;

  // Velocity 1..127 to its bin, and back to the middle of the bin.
  int velocity_bin(int velocity) const { return (velocity - 1) * velocity_bins / 128; }
  int bin_velocity(int bin) const;

  double step_us() const { return 1e6 / steps_per_second; }
};

// The default: 388 events, BOS and EOS.
inline constexpr Vocabulary kPerformance{};
// As in pno-ai and "This Time with Feeling" (Oore et al. 2018): 413 events, BOS and EOS.
inline constexpr Vocabulary kPnoAi{.steps_per_second = 125, .max_shift_steps = 125};

// "performance" or "pno-ai". Returns an error that lists the names for any other.
Expected<Vocabulary> vocabulary_by_name(std::string_view name);
// The name, or "100 steps/s, shifts to 100, 32 velocities" for a vocabulary without a name.
std::string vocabulary_name(const Vocabulary& vocabulary);

}  // namespace pno::events
