#pragma once

// What sounds in a room to events, while it is played: the notes of both players as one piece. The
// result is that of events/encode.h for the same notes, except that time 0 is the first note.
//
// Events are written when their time step is over, at most one step after their arrival, because in
// a step NOTE_OFFs come first and pitches are sorted. An event that arrives after the end of its
// step counts as one of the current step.

#include <array>
#include <cstdint>
#include <vector>

#include "events/pitch_set.h"
#include "events/vocabulary.h"

namespace pno::live {

class LiveEncoder {
 public:
  explicit LiveEncoder(const events::Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  // A key of the player. A key released while the pedal is down sounds until the pedal rises.
  void key_down(std::int64_t time_us, int pitch, int velocity);
  void key_up(std::int64_t time_us, int pitch);
  void pedal(std::int64_t time_us, bool down);
  // All keys of the player are up, and so is the pedal.
  void all_up(std::int64_t time_us);

  // A note of the model, which has no pedal. ends() also ends a note of the player.
  void strikes(std::int64_t time_us, int pitch, int velocity);
  void ends(std::int64_t time_us, int pitch);

  // Appends the events of all steps that are over at `now_us`.
  void flush(std::int64_t now_us, std::vector<events::Token>& into);
  // Also those of the step of `now_us`.
  void flush_all(std::int64_t now_us, std::vector<events::Token>& into);
  // The time at which flush() has something to write; -1: nothing waits.
  std::int64_t flush_due_us() const noexcept;

  // The silence since the last event written, as TIME_SHIFTs.
  void shift_to(std::int64_t now_us, std::vector<events::Token>& into);

  bool has_begun() const noexcept { return origin_us_ >= 0; }
  int velocity_bin() const noexcept { return bin_; }  // of the last VELOCITY written; -1: none
  const events::PitchSet& sounding() const noexcept { return sounding_; }

 private:
  std::int64_t step_of(std::int64_t time_us) const noexcept;
  // Moves to the step of an event; events of an earlier step are written into late_.
  void enter(std::int64_t time_us);
  void end(int pitch);
  void write_step(std::vector<events::Token>& into);
  void write_shifts(std::int64_t steps, std::vector<events::Token>& into) const;

  events::Vocabulary vocabulary_;
  std::int64_t origin_us_ = -1;  // time of step 0; -1 before the first note
  std::int64_t written_ = 0;     // step of the last event written
  std::int64_t open_ = 0;        // step whose events wait
  int bin_ = -1;                 // of the last VELOCITY written

  events::PitchSet down_;      // keys of the player
  events::PitchSet ringing_;   // of the player: released under the pedal
  events::PitchSet sounding_;  // as written, and as the events that wait make it
  bool pedal_ = false;

  // The events that wait. A note that begins and ends in one step ends in the next one.
  events::PitchSet offs_, ons_, offs_after_;
  std::array<std::uint8_t, 128> velocities_{};
  std::vector<events::Token> complete_;  // events of steps that were over when another event came
};

}  // namespace pno::live
