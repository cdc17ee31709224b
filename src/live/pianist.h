#pragma once

// The model as the thinker of a room sees it: it reads what sounded, and draws an answer ahead of
// time that is thrown away if the person continues to play.
//
// All tokens read have the role `played`, the role of turns. A model with roles also reads `given`
// tokens, for a duet in which both play at the same time; such models do not exist yet.

#include <optional>
#include <span>

#include "events/vocabulary.h"
#include "live/control_map.h"

namespace pno::live {

enum class Draw {
  first,  // the beginning of an answer: no TIME_SHIFT before its first note
  any,
  ending,  // no new notes
};

class Pianist {
 public:
  virtual ~Pianist() = default;

  virtual const events::Vocabulary& vocabulary() const = 0;

  // Reads what sounded. An answer that was begun continues without it.
  virtual void read(std::span<const events::Token> tokens) = 0;

  // How likely the model finds it that the music rests now, 0..1: that the next event is a
  // TIME_SHIFT of at least 0.3 s.
  virtual double rest() = 0;

  // Begins an answer after what sounded and after `tokens`, which did not sound yet.
  virtual void begin_answer(std::span<const events::Token> tokens) = 0;

  // The next event of the answer; empty if `how` leaves none.
  virtual std::optional<events::Token> draw(Draw how) = 0;

  // How the person wants it to play from the next draw on; see ControlMap.
  virtual void wish(Wish wish, double value) = 0;
};

}  // namespace pno::live
