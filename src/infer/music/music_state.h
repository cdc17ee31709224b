#pragma once

// Decides which events are allowed next in generated music: the grammar of events/role_grammar.h
// (with and without roles) plus limits on the length of notes and silences, on polyphony, and on
// what hands can play. Only close() allocates.

#include <array>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "events/grammar.h"
#include "events/pitch_set.h"
#include "events/role_grammar.h"
#include "events/vocabulary.h"
#include "infer/music/loop_watch.h"

namespace pno::infer {

using events::Fault;
using events::kFaults;

// In ASAP with pedals applied, 1 in 1,000 of 3.1 million notes lasts over 10.4 s, 13 of 306,000
// silences last over 4 s, and 1 in 1,000 NOTE_ONs makes more than 47 pitches sound (POP909: 45).
// In the validation split of MAESTRO 0.9993 of 1,000 notes are struck less than 80 ms after the
// last note of their pitch, and 0.79 of 1,000 play a passage of up to 32 notes for more than the
// 10th time in a row.
struct MusicLimits {
  double longest_note_s = 10;
  double longest_silence_s = 4;
  int most_notes = 48;
  double shortest_restrike_s = 0.08;
  int longest_loop = 10;

  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("longest_note", c.longest_note_s, "seconds after which a note is ended; 0: no limit");
    visit("longest_silence", c.longest_silence_s,
          "seconds after which a note begins where nothing sounds; 0: no limit");
    visit("most_notes", c.most_notes, "notes that may sound at a time; 0: no limit");
    visit("shortest_restrike", c.shortest_restrike_s,
          "seconds from a strike to the next of the same pitch; 0: no limit");
    visit("longest_loop", c.longest_loop,
          "times in a row that a passage of up to 32 notes may be played; 0: no limit");
  }

  // Returns an error if a limit is out of range.
  Expected<void> validate() const;

  static constexpr MusicLimits none() { return {0, 0, 0, 0, 0}; }
};

class MusicState {
 public:
  // `limits` are valid.
  explicit MusicState(const events::Vocabulary& vocabulary, const MusicLimits& limits = {});

  // Replaces the limits by other valid ones; the piece continues.
  void use(const MusicLimits& limits) noexcept;

  // Reads any token of the vocabulary. An event with a fault is treated as decode() treats it.
  void read(events::Token token, events::Role role = events::Role::played) noexcept;

  // The fault of an output if it were the next. At least one NOTE_ON, NOTE_OFF, VELOCITY or
  // TIME_SHIFT never has a fault, or at the end of a gap END.
  Fault fault_of(events::Token token) const noexcept;

  // Appends NOTE_OFFs for all sounding notes to `tokens`, whose last event was read last. Removes a
  // final VELOCITY without a NOTE_ON. Notes struck in the last step sound for up to half a second.
  void close(std::vector<events::Token>& tokens);

  // Whether a NOTE_ON of a sounding pitch lacks nothing but its NOTE_OFF.
  bool can_restrike(int pitch) const noexcept;
  // The longest allowed TIME_SHIFT in steps; 0: none.
  std::int64_t longest_shift() const noexcept { return first_due_ == kNone ? max_shift_ : 0; }

  bool velocity_waits() const noexcept { return music().velocity_waits(); }
  const events::PitchSet& sounding() const noexcept { return music().sounding(); }
  bool is_sounding(int pitch) const noexcept { return music().sounding().contains(pitch); }
  int sounding_notes() const noexcept { return music().sounding_notes(); }
  std::int64_t step() const noexcept { return music().step(); }  // sum of all TIME_SHIFTs
  // Whether a gap is being filled, so that END may be drawn.
  bool is_in_gap() const noexcept { return grammar_.in_middle(); }

 private:
  static constexpr int kNone = events::Grammar::kPitches;

  const events::Grammar& music() const noexcept { return grammar_.music(); }
  void update_limits() noexcept;
  void update_playing_limits() noexcept;
  bool is_quick(int pitch) const noexcept;
  Fault playing_fault(int pitch) const noexcept;
  Fault fault_of_strike() const noexcept;
  Fault fault_of_shift(int steps) const noexcept;

  events::RoleGrammar grammar_;
  std::int64_t longest_note_ = 0, longest_silence_ = 0;  // steps
  int most_notes_ = 0, longest_loop_ = 0;
  std::int64_t shortest_restrike_ = 0;  // steps

  // The consequences of the limits for the next event.
  int first_due_ = kNone;       // lowest pitch that must end in this step
  std::int64_t max_shift_ = 0;  // steps until a note must end or a silence is too long

  // The limits of hands.
  LoopWatch loops_;
  events::PitchSet beyond_loop_;                 // pitches that would continue a loop
  std::array<std::int64_t, kNone> last_struck_;  // steps, by pitch; negative: never
  Fault strike_fault_ = Fault::none;             // of every NOTE_ON that the grammar allows
  bool is_waived_ = false;                       // these limits would not allow any event
};

}  // namespace pno::infer
