#pragma once

// Plays music to an output: pause, other positions and tempos. The music may grow while it is
// played. Times are real microseconds of the caller's clock; positions are those of the music.

#include <cstdint>
#include <span>
#include <vector>

#include "events/pitch_set.h"
#include "live/figures.h"
#include "live/midi_message.h"
#include "live/midi_output.h"
#include "midi/performance.h"

namespace pno::live {

class Playback {
 public:
  // Paused at position 0. The music is empty and not complete. Notes that are sent later than
  // `period_us` are counted as late.
  explicit Playback(MidiOutput& output, std::int64_t period_us = kUsualPeriod_us)
      : output_(output), period_us_(period_us) {}
  // The music is complete.
  Playback(const midi::Performance& performance, MidiOutput& output);

  // Appends messages; their times are positions, not before those of earlier ones. The music is
  // known up to `known_us`: the position does not pass it before more is known.
  void add(std::int64_t now_us, std::span<const MidiMessage> messages, std::int64_t known_us);
  // No more is added.
  void complete() { is_complete_ = true; }

  // Sends what is due.
  void play(std::int64_t now_us);
  // The time of the next message; INT64_MAX if it is paused or at the end of what is known.
  std::int64_t next_us() const;

  void pause(std::int64_t now_us);
  void resume(std::int64_t now_us);
  void seek(std::int64_t now_us, std::int64_t position_us);  // cut to 0 … length_us()
  void set_tempo(std::int64_t now_us, double factor);        // > 0
  // Ends all notes and lifts the pedals.
  void stop();

  std::int64_t position_us(std::int64_t now_us) const;
  std::int64_t length_us() const { return length_us_; }  // known so far
  double tempo() const { return tempo_; }
  bool is_paused() const { return paused_; }
  bool is_complete() const { return is_complete_; }
  bool is_done(std::int64_t now_us) const {
    return is_complete_ && position_us(now_us) >= length_us_;
  }

  const std::vector<MidiMessage>& messages() const { return messages_; }
  // Of sent NOTE_ONs against their times.
  const Delays& delays() const { return delays_; }
  std::int64_t notes() const { return notes_; }
  std::int64_t late_notes() const { return late_notes_; }
  // How often the position had to wait for music to be added.
  std::int64_t waits() const { return waits_; }

 private:
  void send(const MidiMessage& message);

  std::vector<MidiMessage> messages_;
  MidiOutput& output_;
  std::int64_t period_us_ = kUsualPeriod_us;
  std::int64_t length_us_ = 0;
  std::size_t next_ = 0;
  bool paused_ = true, is_complete_ = false;
  double tempo_ = 1;
  std::int64_t from_us_ = 0, at_us_ = 0;  // position from_us_ is at time at_us_
  events::PitchSet sounding_;
  Delays delays_;
  std::int64_t notes_ = 0, late_notes_ = 0, waits_ = 0;
};

}  // namespace pno::live
