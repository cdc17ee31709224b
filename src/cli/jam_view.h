#pragma once

// The display of pno jam: both parts as a piano roll, and the notes that pno is about to play.

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "cli/roll_frame.h"
#include "cli/terminal.h"
#include "live/room.h"

namespace pno::cli {

class JamView {
 public:
  explicit JamView(live::ControlMap controls) : controls_(std::move(controls)) {}

  // Events of the room, in the order in which it tells them.
  void add(const live::RoomEvent& event);
  void add(const live::PlannedEvent& event);

  // The frame at a time of the room.
  std::string frame(const live::Room& room, std::int64_t now_us, const Terminal::Size& size,
                    bool has_colours);

 private:
  struct Note {
    std::int64_t start_us = 0, end_us = -1;  // -1: it sounds
    int pitch = 0;
    RollColour colour = RollColour::person;
  };
  void begin(const Note& note);
  void end(int pitch, std::int64_t time_us);
  std::string status(const live::Room& room, std::int64_t now_us) const;
  std::string wishes_text() const;

  live::ControlMap controls_;
  std::array<std::optional<double>, live::kWishes> wishes_;  // as the controllers stand
  std::deque<Note> notes_;
  std::deque<Note> planned_;  // of the present turn, by start
};

}  // namespace pno::cli
