#pragma once

// The grammar of encode() (events/encode.h) as a state machine: it reads one event at a time and
// tells which events may follow:
//
//   moment = TIME_SHIFTs, NOTE_OFFs by pitch, then NOTE_ONs by pitch, VELOCITY only if it changes
//
// It allows everything that encode() writes (a test checks two corpora), and everything that it
// allows decodes without mending. Ids after the events are ignored and never allowed; those of
// roles other than `played` are for read_given() or not for the grammar at all (role_grammar.h).
// Does not allocate, lock or throw.

#include <array>
#include <cstdint>
#include <span>

#include "events/pitch_set.h"
#include "events/vocabulary.h"

namespace pno::events {

// The reason that an event may not be the next.
enum class Fault : std::uint8_t {
  none,
  stray_note_off,  // NOTE_OFF for a silent pitch
  restrike,        // NOTE_ON for a sounding pitch, without a NOTE_OFF before it
  empty_note,      // NOTE_OFF in the step of its NOTE_ON
  order,           // NOTE_OFF after a NOTE_ON in a step, or pitches not in ascending order
  velocity,        // VELOCITY of the current bin, or not followed by a NOTE_ON; or no VELOCITY
                   // before the first NOTE_ON
  split_shift,     // TIME_SHIFT after a TIME_SHIFT that could have been longer
  piece_end,       // BOS in a piece; EOS before a note, while notes sound or after a TIME_SHIFT;
                   // an id after the events
  gap,             // an event that a gap does not allow (role_grammar.h)
  // Faults of the limits in infer/music/music_state.h, not of the grammar.
  long_note,       // an event that extends a note beyond the limit
  silence,         // TIME_SHIFT that extends a silence beyond the limit
  polyphony,       // NOTE_ON or VELOCITY if the maximum number of notes sounds
  quick_restrike,  // NOTE_ON of a pitch too soon after its last one
  loop,            // NOTE_ON that plays a passage once more than is allowed
};
constexpr auto enum_names(Fault) {
  return std::array{"none",     "stray_note_off", "restrike",       "empty_note", "order",
                    "velocity", "split_shift",    "piece_end",      "gap",        "long_note",
                    "silence",  "polyphony",      "quick_restrike", "loop"};
}
inline constexpr std::size_t kFaults = 14;

// A set of events as bits: token t is bit t % 64 of word t / 64, and the bits after the last token
// are 0.
constexpr std::size_t mask_words(int tokens) {
  return (static_cast<std::size_t>(tokens) + 63) / 64;
}
inline bool mask_contains(std::span<const std::uint64_t> mask, Token token) {
  return ((mask[token / 64U] >> (token % 64U)) & 1) != 0;
}
inline void mask_insert(std::span<std::uint64_t> mask, Token token) {
  mask[token / 64U] |= std::uint64_t{1} << (token % 64U);
}
inline void mask_erase(std::span<std::uint64_t> mask, Token token) {
  mask[token / 64U] &= ~(std::uint64_t{1} << (token % 64U));
}

class Grammar {
 public:
  explicit Grammar(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  // Reads any event of the vocabulary. An event with a fault is treated as decode() treats it.
  void read(Token token) noexcept;

  // Reads an event of another player on the same piano. It sounds and moves time, but is bound by
  // no rule, and the order of a step and VELOCITY are those of the played events alone: in a step
  // the given ones come first. A given note is ended by its player alone; until then its pitch
  // may not be struck.
  void read_given(Token token) noexcept;

  // The same music continues after a cut at the current time, so that a TIME_SHIFT may follow a
  // shorter one than the longest.
  void continue_after_cut() noexcept { after_ = After::other; }

  // The fault of an event if it were the next. At least one event other than BOS and EOS never has
  // a fault.
  Fault fault_of(Token token) const noexcept;

  // Writes the set of all events without a fault, in mask_words(vocabulary().outputs()) words.
  void allowed(std::span<std::uint64_t> mask) const noexcept;

  // The last VELOCITY no longer requires a NOTE_ON; it applies to a later one.
  void release_velocity() noexcept { velocity_waits_ = false; }

  const Vocabulary& vocabulary() const noexcept { return vocabulary_; }
  std::int64_t step() const noexcept { return now_; }  // sum of all TIME_SHIFTs
  const PitchSet& sounding() const noexcept { return sounding_; }
  // Those of them that another player struck.
  const PitchSet& given() const noexcept { return given_; }
  int sounding_notes() const noexcept { return notes_; }
  // The step of the NOTE_ON of a sounding pitch.
  std::int64_t struck_at(int pitch) const noexcept {
    return struck_at_[static_cast<std::size_t>(pitch)];
  }
  // If no note sounds: the step of the last NOTE_OFF.
  std::int64_t silent_since() const noexcept { return silent_since_; }
  // True if a VELOCITY was read and only its NOTE_ON may follow.
  bool velocity_waits() const noexcept { return velocity_waits_; }
  // The longest allowed TIME_SHIFT in steps, if velocity_waits() is false; 0: none.
  int longest_shift() const noexcept {
    return after_ == After::shift ? 0 : vocabulary_.max_shift_steps;
  }
  // The pitch of the last NOTE_ON of this step, below which none may follow; -1: none.
  int last_note_on() const noexcept { return last_on_; }
  // The lowest pitch whose NOTE_OFF is still allowed in this step; kPitches if none is.
  static constexpr int kPitches = 128;
  int first_note_off() const noexcept {
    return velocity_waits_ || last_on_ >= 0 ? kPitches : last_off_ + 1;
  }

 private:
  enum class After : std::uint8_t { other, full_shift, shift };

  void strike(int pitch) noexcept;
  void release(int pitch) noexcept;
  void sound(int pitch) noexcept;
  void silence(int pitch) noexcept;
  void shift(int steps) noexcept;
  void look_for_room() noexcept;
  Fault fault_of_note_on(int pitch) const noexcept;
  Fault fault_of_note_off(int pitch) const noexcept;
  Fault fault_of_shift() const noexcept;
  Fault fault_of_velocity(int bin) const noexcept;
  bool may_end() const noexcept { return notes_ == 0 && a_note_ended_ && !velocity_waits_; }

  Vocabulary vocabulary_;
  std::int64_t now_ = 0;           // steps
  std::int64_t silent_since_ = 0;  // step; valid if no note sounds
  PitchSet sounding_, given_;
  std::array<std::int64_t, kPitches> struck_at_{};  // steps; valid for sounding pitches
  int notes_ = 0;                                   // sounding
  int bin_ = -1;                                    // of the last VELOCITY
  bool velocity_waits_ = false;                     // for its NOTE_ON
  After after_ = After::other;
  int last_off_ = -1, last_on_ = -1;  // pitches, in this step
  bool a_note_ended_ = false;         // in this step
  bool has_room_ = true;              // a NOTE_ON of some pitch is allowed in this step
};

}  // namespace pno::events
