#pragma once

// Notes and pedals as channel messages on a grid of ticks.

#include <array>
#include <cstdint>
#include <functional>
#include <tuple>
#include <vector>

#include "midi/performance.h"

namespace pno::midi {

// At one tick messages are written in this order, in which any synthesiser hears what the
// performance holds: a key released as the sustain pedal goes down is under it, a key struck as the
// sostenuto pedal goes down is caught, and a pitch is released before it is struck.
enum class MessageOrder : std::uint8_t {
  sustain_up,
  sustain_down,
  sostenuto_up,
  note_off,
  note_on,
  sostenuto_down
};

struct ChannelMessage {
  std::int64_t tick = 0;
  MessageOrder order = MessageOrder::note_on;
  std::array<std::uint8_t, 3> bytes{};

  bool operator<(const ChannelMessage& other) const {
    return std::tie(tick, order, bytes) < std::tie(other.tick, other.order, other.bytes);
  }
};

// Sorted. `tick_of` gives the tick of a time in microseconds, and does not fall. Keys are down for
// at least a tick, and not struck again before they are released; pedals likewise. Channel 9 must
// not be used: readers take its notes for drums.
std::vector<ChannelMessage> channel_messages(
    const Performance& performance, const std::function<std::int64_t(std::int64_t)>& tick_of);

}  // namespace pno::midi
