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
//
// A vocabulary with roles (docs/design.md section 2) has more ids after these E = 258+S+V events:
//
//   E                     END, the end of a filled gap
//   E+1..E+3              INFILL, PREFIX, MIDDLE: the parts of an infill
//   E+4..                 the controls KIND 0..3, KEY 0..23, DENSITY 0..7, LOUDNESS 0..7,
//                         POLYPHONY 0..5 (events/controls.h), then COMPOSER 0..composers-1
//
// A model draws the events and END, so it has that many outputs; its inputs are all ids. Only the
// number of events depends on how music is written as events: ids after them are relative to it.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pno::events {

using Token = std::uint16_t;

enum class Kind : std::uint8_t {
  note_on,
  note_off,
  time_shift,
  velocity,
  bos,
  eos,
  // The others are in vocabularies with roles only.
  end,
  infill,
  prefix,
  middle,
  music_kind,
  key,
  density,
  loudness,
  polyphony,
  composer
};
constexpr auto enum_names(Kind) {
  return std::array{"NOTE_ON", "NOTE_OFF", "TIME_SHIFT", "VELOCITY", "BOS",  "EOS",
                    "END",     "INFILL",   "PREFIX",     "MIDDLE",   "KIND", "KEY",
                    "DENSITY", "LOUDNESS", "POLYPHONY",  "COMPOSER"};
}
inline constexpr int kKinds = 16;
inline constexpr int kEventKinds = 6;  // NOTE_ON to EOS
constexpr bool is_event(Kind kind) {
  return kind <= Kind::eos;
}
constexpr bool is_control(Kind kind) {
  return kind >= Kind::music_kind;
}

struct Event {
  Kind kind = Kind::bos;
  int value = 0;  // pitch, steps, bin or choice; 0 for kinds with one id

  bool operator==(const Event&) const = default;
};

struct Vocabulary {
  int steps_per_second = 100;  // time grid; 100: steps of 10 ms
  int max_shift_steps = 100;   // the longest TIME_SHIFT
  int velocity_bins = 32;
  bool has_roles = false;
  int composers = 0;  // with roles: the values of COMPOSER, at least 1 (0 is any other composer)

  // The fields of the events; stored_vocabulary.h stores them all.
  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("steps_per_second", c.steps_per_second, "time steps a second; 100 is a grid of 10 ms");
    visit("max_shift_steps", c.max_shift_steps, "steps of the longest TIME_SHIFT");
    visit("velocity_bins", c.velocity_bins, "loudness levels, 1 to 127");
  }

  bool operator==(const Vocabulary&) const = default;

  // Returns an error if a field is out of range (1..1000, 1..10000, 1..127; with roles composers
  // 1..1000, otherwise 0).
  Expected<void> validate() const;

  constexpr int events() const { return 258 + max_shift_steps + velocity_bins; }
  // The ids that a model can draw, from 0: the rows of its output layer.
  constexpr int outputs() const { return events() + (has_roles ? 1 : 0); }
  // All ids, from 0: the rows of its embedding.
  int inputs() const;
  // The number of ids of a kind, 0 if the vocabulary does not have it; and its least value.
  int values(Kind kind) const;
  static int least_value(Kind kind) { return kind == Kind::time_shift ? 1 : 0; }

  Token note_on(int pitch) const { return static_cast<Token>(pitch); }
  Token note_off(int pitch) const { return static_cast<Token>(128 + pitch); }
  Token time_shift(int steps) const { return static_cast<Token>(255 + steps); }
  Token velocity(int bin) const { return static_cast<Token>(256 + max_shift_steps + bin); }
  Token bos() const { return static_cast<Token>(256 + max_shift_steps + velocity_bins); }
  Token eos() const { return static_cast<Token>(257 + max_shift_steps + velocity_bins); }
  // With roles only.
  Token end() const { return static_cast<Token>(events()); }

  // token < inputs()
  Event event(Token token) const;
  // Of any kind that the vocabulary has.
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
// The events of `performance` with roles: 391 outputs, 445 inputs and more with more composers.
inline constexpr Vocabulary kPerformancePlus{.has_roles = true, .composers = 1};

// "performance" or "pno-ai". Returns an error that lists the names for any other. A vocabulary with
// roles has composers' names, which a name does not tell (stored_vocabulary.h).
Expected<Vocabulary> vocabulary_by_name(std::string_view name);
// The name, or "100 steps/s, shifts to 100, 32 velocities" for a vocabulary without a name; with
// roles a plus sign after it: "performance+" with any number of composers.
std::string vocabulary_name(const Vocabulary& vocabulary);

}  // namespace pno::events
