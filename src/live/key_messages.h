#pragma once

// The keys and pedals of a performance as MIDI messages, in the order of time; of one time, keys
// are released before others are struck.

#include <vector>

#include "live/midi_message.h"
#include "midi/performance.h"

namespace pno::live {

std::vector<MidiMessage> key_messages(const midi::Performance& performance);

}  // namespace pno::live
