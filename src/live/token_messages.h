#pragma once

// The events of a piece as MIDI messages, one event at a time, as they are drawn.

#include <cstdint>
#include <vector>

#include "events/pitch_set.h"
#include "events/vocabulary.h"
#include "live/midi_message.h"

namespace pno::live {

class TokenMessages {
 public:
  // Notes that `transpose` semitones move outside 0..127 are left out.
  explicit TokenMessages(const events::Vocabulary& vocabulary, int transpose = 0)
      : vocabulary_(vocabulary), transpose_(transpose), bin_(vocabulary.velocity_bins / 2) {}

  // Appends the message of the next event, if it has one.
  void add(events::Token token, std::vector<MidiMessage>& into);
  // Appends NOTE_OFFs of the notes that sound.
  void end_notes(std::vector<MidiMessage>& into);

  // The time of the next message: the sum of all TIME_SHIFTs.
  std::int64_t time_us() const;

 private:
  events::Vocabulary vocabulary_;
  int transpose_;
  int bin_;  // of the last VELOCITY
  std::int64_t steps_ = 0;
  events::PitchSet sounding_;
};

}  // namespace pno::live
