#pragma once

// Decides which events are allowed next in generated music: the grammar of events/grammar.h plus
// limits on the length of notes and silences and on polyphony. Only close() allocates.

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "events/grammar.h"
#include "events/vocabulary.h"

namespace pno::infer {

using events::Fault;
using events::kFaults;

// In ASAP with pedals applied, 1 in 1,000 of 3.1 million notes lasts over 10.4 s, 13 of 306,000
// silences last over 4 s, and 1 in 1,000 NOTE_ONs makes more than 47 pitches sound (POP909: 45).
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

  // Returns an error if a limit is out of range.
  Expected<void> validate() const;

  static constexpr MusicLimits none() { return {0, 0, 0}; }
};

class MusicState {
 public:
  // `limits` are valid.
  explicit MusicState(const events::Vocabulary& vocabulary, const MusicLimits& limits = {});

  // Replaces the limits by other valid ones; the piece continues.
  void use(const MusicLimits& limits) noexcept;

  // Reads any event of the vocabulary. An event with a fault is treated as decode() treats it.
  void read(events::Token token) noexcept;

  // The fault of an event if it were the next. At least one NOTE_ON, NOTE_OFF, VELOCITY or
  // TIME_SHIFT never has a fault.
  Fault fault_of(events::Token token) const noexcept;

  // Appends NOTE_OFFs for all sounding notes to `tokens`, whose last event was read last. Removes a
  // final VELOCITY without a NOTE_ON. Notes struck in the last step sound for up to half a second.
  void close(std::vector<events::Token>& tokens);

  bool is_sounding(int pitch) const noexcept { return grammar_.sounding().contains(pitch); }
  int sounding_notes() const noexcept { return grammar_.sounding_notes(); }
  std::int64_t step() const noexcept { return grammar_.step(); }  // sum of all TIME_SHIFTs

 private:
  static constexpr int kNone = events::Grammar::kPitches;

  void update_limits() noexcept;
  Fault fault_of_strike() const noexcept;
  Fault fault_of_shift(int steps) const noexcept;

  events::Grammar grammar_;
  std::int64_t longest_note_ = 0, longest_silence_ = 0;  // steps
  int most_notes_ = 0;

  // The consequences of the limits for the next event.
  int first_due_ = kNone;       // lowest pitch that must end in this step
  std::int64_t max_shift_ = 0;  // steps until a note must end or a silence is too long
};

}  // namespace pno::infer
