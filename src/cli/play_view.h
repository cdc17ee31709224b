#pragma once

// What pno play shows: the music as a piano roll, the part that is still to come in another colour.

#include <span>
#include <string>
#include <vector>

#include "cli/roll_frame.h"
#include "cli/terminal.h"
#include "live/midi_message.h"
#include "live/performer.h"
#include "midi/performance.h"

namespace pno::cli {

class PlayView {
 public:
  explicit PlayView(std::string title) : title_(std::move(title)) {}

  // Music that is already there; its notes are as long as they sound.
  void add(const midi::Performance& performance);
  // Music as it is drawn, in the order of its times.
  void add(std::span<const live::MidiMessage> messages);

  std::string frame(const live::Performer::State& state, const Terminal::Size& size,
                    bool has_colours) const;

 private:
  struct Note {
    double start_s = 0, end_s = -1;  // -1: it has not ended yet
    int pitch = 0;
  };

  std::string title_;
  std::vector<Note> notes_;
};

}  // namespace pno::cli
