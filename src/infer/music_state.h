#pragma once

// What a piece sounds like at its last event, and so what may come next: the grammar of
// events/encode.h as a machine that reads one event at a time.
//
//   moment = TIME_SHIFTs, NOTE_OFFs by pitch, then NOTE_ONs by pitch, VELOCITY only where it
//   changes
//
// What encode() makes of a performance is never forbidden, whatever the performance (a test walks
// through two corpora); what keeps to the grammar decodes without mending.
// Takes no memory, for real-time threads.

#include <array>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "events/pitch_set.h"
#include "events/vocabulary.h"

namespace pno::infer {

// Of 3.1 million notes of ASAP, pedals applied, 1 in 1,000 lasts over 10.4 s; of 306,000 silences
// 13 last over 4 s; 1 NOTE_ON in 1,000 makes more than 47 pitches sound (POP909: 45).
struct MusicLimits {
  double longest_note_s = 10;
  double longest_silence_s = 4;
  int most_notes = 48;

  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("longest_note", c.longest_note_s, "seconds after which a note is ended; 0: no limit");
    visit("longest_silence", c.longest_silence_s,
          "seconds after which a note begins where nothing sounds; 0: no limit");
    visit("most_notes", c.most_notes, "notes that may sound at a time; 0: no limit");
  }

  Expected<void> validate() const;

  static constexpr MusicLimits none() { return {0, 0, 0}; }
};

// What is wrong with an event as the next.
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
  long_note,       // an event that puts off the end of a note beyond the limit
  silence,         // TIME_SHIFT into a silence beyond the limit
  polyphony,       // NOTE_ON or VELOCITY with as many notes as may sound
};
constexpr auto enum_names(Fault) {
  return std::array{"none",      "stray_note_off", "restrike",    "empty_note",
                    "order",     "velocity",       "split_shift", "piece_end",
                    "long_note", "silence",        "polyphony"};
}
inline constexpr std::size_t kFaults = 11;

class MusicState {
 public:
  // `limits` are valid.
  explicit MusicState(const events::Vocabulary& vocabulary, const MusicLimits& limits = {});

  // Other limits from now on, valid ones; the piece goes on.
  void use(const MusicLimits& limits) noexcept;

  // Any event of the vocabulary, at fault or not; one at fault is taken as decode() takes it.
  void read(events::Token token) noexcept;

  // Of an event of the vocabulary, were it the next. Some NOTE_ON, NOTE_OFF, VELOCITY or
  // TIME_SHIFT always has none.
  Fault fault_of(events::Token token) const noexcept;

  // Ends what sounds, as a continuation of `tokens`, whose last was read last: takes back a
  // VELOCITY that no NOTE_ON follows, and lets what was struck in the last step ring for up to half
  // a second.
  void close(std::vector<events::Token>& tokens);

  bool is_sounding(int pitch) const noexcept { return sounding_.contains(pitch); }
  int sounding_notes() const noexcept { return notes_; }
  std::int64_t step() const noexcept { return now_; }  // the sum of all shifts

 private:
  enum class After : std::uint8_t { other, full_shift, shift };
  static constexpr int kNone = 128;  // pitches

  void strike(int pitch) noexcept;
  void release(int pitch) noexcept;
  void look_ahead() noexcept;
  bool awaits_due(int pitch) const noexcept;
  Fault fault_of_strike() const noexcept;
  Fault fault_of_note_on(int pitch) const noexcept;
  Fault fault_of_note_off(int pitch) const noexcept;
  Fault fault_of_shift(int steps) const noexcept;
  Fault fault_of_velocity(int bin) const noexcept;

  events::Vocabulary vocabulary_;
  std::int64_t longest_note_ = 0, longest_silence_ = 0;  // steps
  int most_notes_ = 0;

  std::int64_t now_ = 0;           // steps
  std::int64_t silent_since_ = 0;  // step; where nothing sounds
  events::PitchSet sounding_;
  std::array<std::int64_t, 128> struck_at_{};  // steps; of what sounds
  int notes_ = 0;                              // that sound
  int bin_ = -1;                               // of the last VELOCITY
  bool velocity_waits_ = false;                // for its NOTE_ON
  After after_ = After::other;
  int last_off_ = -1, last_on_ = -1;  // pitches, in this step

  // What follows from the above for the next event.
  int first_due_ = kNone;        // lowest pitch that has to end in this step
  std::int64_t most_shift_ = 0;  // steps until a note is due or a silence is too long
  bool has_room_ = true;         // for a NOTE_ON of some pitch in this step
};

}  // namespace pno::infer
