#pragma once

// Which events may come next in generated music: the grammar of events/grammar.h, within limits
// that keep a model from holding a note, a silence or a cluster for ever.
// Does not allocate after construction, so real-time threads may use it.

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "events/grammar.h"
#include "events/vocabulary.h"

namespace pno::infer {

using events::Fault;
using events::kFaults;

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

class MusicState {
 public:
  // `limits` are valid.
  explicit MusicState(const events::Vocabulary& vocabulary, const MusicLimits& limits = {});

  // Replaces the limits by other valid ones; the piece continues.
  void use(const MusicLimits& limits) noexcept;

  // Any event of the vocabulary, at fault or not; one at fault is taken as decode() takes it.
  void read(events::Token token) noexcept;

  // The fault of an event of the vocabulary if it were the next. Some NOTE_ON, NOTE_OFF, VELOCITY
  // or TIME_SHIFT always has none.
  Fault fault_of(events::Token token) const noexcept;

  // Ends what sounds, as a continuation of `tokens`, whose last was read last: takes back a
  // VELOCITY that no NOTE_ON follows, and lets what was struck in the last step ring for up to half
  // a second.
  void close(std::vector<events::Token>& tokens);

  bool is_sounding(int pitch) const noexcept { return grammar_.sounding().contains(pitch); }
  int sounding_notes() const noexcept { return grammar_.sounding_notes(); }
  std::int64_t step() const noexcept { return grammar_.step(); }  // the sum of all shifts

 private:
  static constexpr int kNone = events::Grammar::kPitches;

  void look_ahead() noexcept;
  Fault fault_of_strike() const noexcept;
  Fault fault_of_shift(int steps) const noexcept;

  events::Grammar grammar_;
  std::int64_t longest_note_ = 0, longest_silence_ = 0;  // steps
  int most_notes_ = 0;

  // What follows from the limits for the next event.
  int first_due_ = kNone;        // lowest pitch that has to end in this step
  std::int64_t most_shift_ = 0;  // steps until a note is due or a silence is too long
};

}  // namespace pno::infer
