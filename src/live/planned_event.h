#pragma once

// The events of an answer on their way from the thinker to the player, and the player's reports on
// their way back.

#include <cstdint>

namespace pno::live {

struct PlannedEvent {
  // begin and end enclose a turn, the events of one answer. An event of a turn that was interrupted
  // is dropped.
  enum class Kind : std::uint8_t { begin, note_on, note_off, end };

  std::int64_t due_us = 0;  // time at which it sounds
  // begin: the arrival of the last NOTE_ON that the thinker knows. If the player has seen a later
  // one, the turn is interrupted before it begins.
  std::int64_t known_us = 0;
  std::int64_t asked_us = 0;  // begin: when the turn was given to the model
  std::uint32_t turn = 0;     // 1, 2, …
  Kind kind = Kind::note_on;
  std::uint8_t pitch = 0;
  std::uint8_t velocity = 0;
};

struct PlayedEvent {
  enum class Kind : std::uint8_t { began, note_on, note_off, ended, interrupted };

  std::int64_t time_us = 0;   // when it was due; interrupted: the time of the key that did it
  std::int64_t asked_us = 0;  // began: when the turn was given to the model
  std::uint32_t turn = 0;
  Kind kind = Kind::note_on;
  std::uint8_t pitch = 0;
  std::uint8_t velocity = 0;
};

}  // namespace pno::live
