#pragma once

// The grammar of encode() (events/encode.h), as a machine that reads one event at a time and says
// which events may follow:
//
//   moment = TIME_SHIFTs, NOTE_OFFs by pitch, then NOTE_ONs by pitch, VELOCITY only if it changes
//
// It never forbids what encode() writes, whatever the performance (a test reads two corpora). What
// keeps to it decodes without mending. Does not allocate, so real-time threads may use it.

#include <array>
#include <cstdint>

#include "events/pitch_set.h"
#include "events/vocabulary.h"

namespace pno::events {

// Why an event may not be the next.
enum class Fault : std::uint8_t {
  none,
  stray_note_off,  // NOTE_OFF for a silent pitch
  restrike,        // NOTE_ON for a sounding pitch, which its NOTE_OFF did not end first
  empty_note,      // NOTE_OFF in the step of the NOTE_ON that it undoes
  order,           // NOTE_OFF after a NOTE_ON in a step, or pitches that do not rise
  velocity,        // VELOCITY that is in force already, or that no NOTE_ON follows; none before
                   // the first NOTE_ON
  split_shift,     // TIME_SHIFT after a TIME_SHIFT that could have been longer
  piece_end,       // BOS in a piece; EOS before a note, while notes sound or after a TIME_SHIFT
  // Not of the grammar: of the limits in infer/music/music_state.h.
  long_note,  // an event that puts off the end of a note beyond the limit
  silence,    // TIME_SHIFT into a silence beyond the limit
  polyphony,  // NOTE_ON or VELOCITY with as many notes as may sound
};
constexpr auto enum_names(Fault) {
  return std::array{"none",      "stray_note_off", "restrike",    "empty_note",
                    "order",     "velocity",       "split_shift", "piece_end",
                    "long_note", "silence",        "polyphony"};
}
inline constexpr std::size_t kFaults = 11;

class Grammar {
 public:
  explicit Grammar(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  // Any event of the vocabulary, at fault or not; one at fault is taken as decode() takes it.
  void read(Token token) noexcept;

  // The fault of an event of the vocabulary if it were the next. Some event other than BOS and EOS
  // always has none.
  Fault fault_of(Token token) const noexcept;

  // A VELOCITY that was read no longer requires a NOTE_ON: it counts for a later one.
  void release_velocity() noexcept { velocity_waits_ = false; }

  const Vocabulary& vocabulary() const noexcept { return vocabulary_; }
  std::int64_t step() const noexcept { return now_; }  // the sum of all shifts
  const PitchSet& sounding() const noexcept { return sounding_; }
  int sounding_notes() const noexcept { return notes_; }
  // The step of the NOTE_ON of a sounding pitch; and, if nothing sounds, of the last NOTE_OFF.
  std::int64_t struck_at(int pitch) const noexcept {
    return struck_at_[static_cast<std::size_t>(pitch)];
  }
  std::int64_t silent_since() const noexcept { return silent_since_; }
  // A VELOCITY was read, and its NOTE_ON is the only event that may come.
  bool velocity_waits() const noexcept { return velocity_waits_; }
  // The longest TIME_SHIFT that may come, in steps, unless VELOCITY waits; 0: none.
  int longest_shift() const noexcept {
    return after_ == After::shift ? 0 : vocabulary_.max_shift_steps;
  }
  // The lowest pitch whose NOTE_OFF may still come in this step; kPitches if none may.
  static constexpr int kPitches = 128;
  int first_note_off() const noexcept {
    return velocity_waits_ || last_on_ >= 0 ? kPitches : last_off_ + 1;
  }

 private:
  enum class After : std::uint8_t { other, full_shift, shift };

  void strike(int pitch) noexcept;
  void release(int pitch) noexcept;
  Fault fault_of_note_on(int pitch) const noexcept;
  Fault fault_of_note_off(int pitch) const noexcept;
  Fault fault_of_shift() const noexcept;
  Fault fault_of_velocity(int bin) const noexcept;

  Vocabulary vocabulary_;
  std::int64_t now_ = 0;           // steps
  std::int64_t silent_since_ = 0;  // step; valid if nothing sounds
  PitchSet sounding_;
  std::array<std::int64_t, kPitches> struck_at_{};  // steps; valid for sounding pitches
  int notes_ = 0;                                   // sounding
  int bin_ = -1;                                    // of the last VELOCITY
  bool velocity_waits_ = false;                     // for its NOTE_ON
  After after_ = After::other;
  int last_off_ = -1, last_on_ = -1;  // pitches, in this step
  bool has_room_ = true;              // a NOTE_ON of some pitch may come in this step
};

}  // namespace pno::events
