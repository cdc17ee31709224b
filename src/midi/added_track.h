#pragma once

// A track of new music for a MIDI file, on a channel that the file does not use, so that the file's
// pedal does not blur it, with the program and the volume of the channel that has most of the
// file's notes.

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "midi/cut_track.h"
#include "midi/performance.h"
#include "midi/raw_track.h"

namespace pno::midi {

struct AddedMusic {
  Performance music = {};  // notes and pedals; their channel and track are not read
  std::string title{}, text{}, copyright{};
};

// Marks the channels that events of a track use.
void mark_channels(const std::vector<RawEvent>& events, std::array<bool, 16>& is_used);

// The first channel without a mark that is not that of drums; the last one, if all have one.
std::uint8_t free_channel(const std::array<bool, 16>& is_used);

// The events of the track. `tracks` are those of the file, cut where the new music begins.
std::vector<RawEvent> added_track(std::span<const CutTrack> tracks, std::uint8_t channel,
                                  const AddedMusic& added,
                                  const std::function<std::int64_t(std::int64_t)>& tick_of);

// Bytes of a message as an event.
RawEvent raw_event(std::int64_t tick, std::initializer_list<int> bytes);

// The file of tracks, of format 1.
std::vector<std::byte> write_raw_tracks(const std::vector<std::vector<RawEvent>>& tracks,
                                        std::uint32_t division_word);

}  // namespace pno::midi
