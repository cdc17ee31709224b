#pragma once

// An answer of the model that is being drawn: its tokens as events for the player.

#include <cstdint>
#include <vector>

#include "events/pitch_set.h"
#include "events/vocabulary.h"
#include "live/pianist.h"
#include "live/planned_event.h"

namespace pno::live {

class Answer {
 public:
  // After `turn_s` seconds its last notes end. `bin` is that of the last VELOCITY before it; -1:
  // none.
  Answer(const events::Vocabulary& vocabulary, double turn_s, int bin);

  // What to draw next.
  Draw next_draw() const;
  // The next token. EOS, and the other tokens that are not music, end the answer.
  void add(events::Token token);
  // Ends its notes, and the answer.
  void end();

  bool has_note() const { return has_note_; }
  bool is_complete() const { return is_complete_; }
  std::int64_t length_us() const;  // of its music so far

  // The events that were not taken yet, in order; their due_us are from the beginning of the
  // answer. Null if there is none now.
  const PlannedEvent* next() const { return taken_ < events_.size() ? &events_[taken_] : nullptr; }
  void take() { ++taken_; }
  std::size_t events() const { return events_.size(); }
  // Puts an event before all others, of which none was taken.
  void open(const PlannedEvent& event) { events_.insert(events_.begin(), event); }

 private:
  void add_shift(int steps);
  std::int64_t us_of(std::int64_t steps) const;

  events::Vocabulary vocabulary_;
  double turn_s_;
  int bin_;  // of the last VELOCITY
  bool has_note_ = false, is_ending_ = false, is_complete_ = false;
  std::int64_t steps_ = 0;            // sum of its TIME_SHIFTs
  std::int64_t steps_at_ending_ = 0;  // when is_ending_ became true
  events::PitchSet sounding_;         // notes of the answer
  std::vector<PlannedEvent> events_;
  std::size_t taken_ = 0;
};

}  // namespace pno::live
