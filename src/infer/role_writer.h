#pragma once

// Tokens with roles as a session reads them, written from music on the time grid in the order of
// training examples (docs/design.md section 2, "Roles and controls").

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "events/encode.h"
#include "events/pitch_set.h"
#include "events/roles.h"
#include "events/vocabulary.h"

namespace pno::infer {

// A NOTE_ON or NOTE_OFF at a step of the grid.
struct StepEvent {
  std::int64_t step = 0;
  std::uint8_t pitch = 0;
  std::int8_t bin = -1;  // of the velocity of a NOTE_ON; -1: NOTE_OFF

  bool is_on() const { return bin >= 0; }
  bool operator==(const StepEvent&) const = default;
};

// A note on the grid; end_step > start_step.
struct StepNote {
  std::int64_t start_step = 0, end_step = 0;
  std::uint8_t pitch = 0, velocity = 0;
};

// The nearest step to a time, a half rounds up; negative before `origin_us`.
std::int64_t nearest_step(std::int64_t time_us, std::int64_t origin_us,
                          const events::Vocabulary& vocabulary);

// The events of notes in any order: in each step NOTE_OFFs by pitch, then NOTE_ONs by pitch.
// Conflicts on the grid are settled as in events/encode.h.
std::vector<StepEvent> step_events(std::vector<StepNote> notes,
                                   const events::Vocabulary& vocabulary);

// The pitches that sound before event `end`.
events::PitchSet sounding_before(std::span<const StepEvent> events, std::size_t end);

class RoleWriter {
 public:
  explicit RoleWriter(const events::Vocabulary& vocabulary) : vocabulary_(vocabulary) {
    bins_.fill(-1);
  }

  std::span<const events::Token> tokens() const { return tokens_; }
  std::span<const events::Role> roles() const { return roles_; }
  std::size_t size() const { return tokens_.size(); }
  // Forgets the tokens, but not the time and the last VELOCITY of each role.
  void clear_tokens();

  std::int64_t now() const { return now_; }
  // Time from which the next events are counted, without a TIME_SHIFT.
  void set_now(std::int64_t step) { now_ = step; }

  // BOS, EOS, END, INFILL, PREFIX or MIDDLE.
  void put(events::Kind kind, events::Role role = events::Role::played);
  // The same before all others.
  void put_first(events::Kind kind);
  // Controls.
  void put_played(std::span<const events::Token> tokens);
  // TIME_SHIFTs of so many steps: the longest ones, then the remainder. They move no time.
  void put_shifts(std::int64_t steps, events::Role role);
  // TIME_SHIFTs to a step that is not before now().
  void shift_to(std::int64_t step, events::Role role);
  // At now(): the NOTE_ON or NOTE_OFF, and a VELOCITY before the NOTE_ON if the bin is not that of
  // the last VELOCITY of its role.
  void put_note(const StepEvent& event, events::Role role);
  // NOTE_ON without a VELOCITY.
  void put_pitch(int pitch, events::Role role);

 private:
  void write(events::Token token, events::Role role);

  events::Vocabulary vocabulary_;
  std::vector<events::Token> tokens_;
  std::vector<events::Role> roles_;
  std::int64_t now_ = 0;
  std::array<int, events::kRoles> bins_{};  // of the last VELOCITY of each role; -1: none
};

}  // namespace pno::infer
