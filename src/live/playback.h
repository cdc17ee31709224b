#pragma once

// Plays a performance to an output: pause, other positions and tempos. Times are real microseconds
// of the caller's clock; positions are those of the performance.

#include <cstdint>
#include <vector>

#include "events/pitch_set.h"
#include "live/midi_message.h"
#include "live/midi_output.h"
#include "midi/performance.h"

namespace pno::live {

class Playback {
 public:
  // Paused at position 0.
  Playback(const midi::Performance& performance, MidiOutput& output);

  // Sends what is due.
  void play(std::int64_t now_us);
  // The time of the next message; INT64_MAX if it is paused or at its end.
  std::int64_t next_us() const;

  void pause(std::int64_t now_us);
  void resume(std::int64_t now_us);
  void seek(std::int64_t now_us, std::int64_t position_us);  // cut to 0 … length_us()
  void set_tempo(std::int64_t now_us, double factor);        // > 0
  // Ends all notes and lifts the pedals.
  void stop();

  std::int64_t position_us(std::int64_t now_us) const;
  std::int64_t length_us() const { return length_us_; }
  double tempo() const { return tempo_; }
  bool is_paused() const { return paused_; }
  bool is_done(std::int64_t now_us) const { return position_us(now_us) >= length_us_; }

 private:
  void send(const MidiMessage& message);

  std::vector<MidiMessage> messages_;
  MidiOutput& output_;
  std::int64_t length_us_ = 0;
  std::size_t next_ = 0;
  bool paused_ = true;
  double tempo_ = 1;
  std::int64_t from_us_ = 0, at_us_ = 0;  // position from_us_ is at time at_us_
  events::PitchSet sounding_;
};

}  // namespace pno::live
