#pragma once

// Writes the tokens of an example, each with its role and whether it is a target.

#include <array>
#include <cstdint>

#include "corpus/examples/control_plan.h"
#include "corpus/examples/example.h"
#include "corpus/examples/grid_music.h"

namespace pno::corpus {

class ExampleWriter {
 public:
  // Appends to `into`, which outlives this, until it has `limit` tokens; later ones are left out.
  ExampleWriter(const events::Vocabulary& vocabulary, std::size_t limit, Example& into);

  void set_task(Task task) { into_.task = task; }

  std::size_t size() const { return into_.tokens.size(); }
  std::size_t room() const { return limit_ - size(); }
  bool is_full() const { return size() >= limit_; }

  // Time in steps that the events have reached.
  std::int64_t now() const { return now_; }
  // Time from which the next events are counted, without a TIME_SHIFT.
  void set_now(std::int64_t step) { now_ = step; }

  // BOS, EOS, END, INFILL, PREFIX or MIDDLE.
  void put(events::Kind kind, events::Role role);
  void put_controls(const ControlValues& values);
  // TIME_SHIFTs of so many steps: the longest ones, then the remainder. They move no time.
  void put_shifts(std::int64_t steps, events::Role role);
  // TIME_SHIFTs to a step that is not before now().
  void shift_to(std::int64_t step, events::Role role);
  // At now(): the NOTE_ON or NOTE_OFF, and a VELOCITY before the NOTE_ON if the bin is not that of
  // the last VELOCITY of its role.
  void put_note(const GridEvent& event, events::Role role);
  // NOTE_ON without a VELOCITY.
  void put_pitch(int pitch, events::Role role);

  // Adds tokens that another writer wrote; `into` of the other has them from `first` on.
  void append(const Example& other);

 private:
  void write(events::Token token, events::Role role, bool may_be_target);

  events::Vocabulary vocabulary_;
  std::size_t limit_;
  Example& into_;
  std::int64_t now_ = 0;
  std::array<int, events::kRoles> bins_{};  // of the last VELOCITY of each role; -1: none
};

}  // namespace pno::corpus
