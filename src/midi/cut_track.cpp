#include "midi/cut_track.h"

#include <algorithm>
#include <map>
#include <utility>

namespace pno::midi {
namespace {

constexpr int kControlChange = 0xB, kProgramChange = 0xC, kChannelPressure = 0xD, kPitchBend = 0xE;
constexpr std::uint8_t kResetAllControllers = 121, kFirstModeMessage = 120;
constexpr std::uint8_t kText = 0x01, kMarker = 0x06, kCuePoint = 0x07, kLyric = 0x05;

// Events with one key replace each other if they come before the music. Negative: an event that is
// left out there.
int state_key(const RawEvent& event) {
  if (event.status() == 0xFF) {
    const auto type = std::to_integer<std::uint8_t>(event.bytes[1]);
    const bool is_passing = type == kText || type == kLyric || type == kMarker || type == kCuePoint;
    return is_passing ? -1 : 0x10000 + type;
  }
  if (!event.is_channel_message()) return 0x20000;
  switch (event.message()) {
    case kControlChange:
      return event.status() << 8 | event.data(0);
    case kProgramChange:
    case kChannelPressure:
    case kPitchBend:
      return event.status() << 8;
    default:
      return -1;  // keys
  }
}

class Keys {
 public:
  void strike(std::uint8_t channel, std::uint8_t pitch) { ++held_[{channel, pitch}]; }
  // Returns false if the key is not down.
  bool release(std::uint8_t channel, std::uint8_t pitch) {
    const auto found = held_.find({channel, pitch});
    if (found == held_.end()) return false;
    if (--found->second == 0) held_.erase(found);
    return true;
  }
  void release_all(std::uint8_t channel) {
    std::erase_if(held_, [&](const auto& key) { return key.first.first == channel; });
  }
  // A key that was struck twice is there twice.
  std::vector<HeldKey> held() const {
    std::vector<HeldKey> keys;
    for (const auto& [key, times] : held_) {
      for (int i = 0; i < times; ++i) keys.push_back({key.first, key.second});
    }
    return keys;
  }

 private:
  std::map<std::pair<std::uint8_t, std::uint8_t>, int> held_;
};

void note_state(const RawEvent& event, CutTrack& track) {
  if (!event.is_channel_message()) return;
  const std::uint8_t channel = event.channel();
  if (event.message() == kProgramChange) track.programs.at(channel) = event.data(0);
  if (event.message() != kControlChange) return;
  auto& values = track.controllers.at(channel);
  if (event.data(0) == kResetAllControllers) {
    for (const std::size_t pedal : {64U, 66U, 67U}) values[pedal] = 0;
  } else if (event.data(0) < kFirstModeMessage) {
    values.at(event.data(0)) = event.data(1);
  }
}

}  // namespace

CutTrack cut_track(const std::vector<RawEvent>& events, std::int64_t begin_tick,
                   std::int64_t end_tick) {
  CutTrack track;
  for (auto& values : track.controllers) values.fill(-1);
  track.programs.fill(-1);
  // The last event of each kind before the beginning, in the order of the file. SysEx all stay.
  std::map<int, std::size_t> last;
  for (std::size_t i = 0; i < events.size() && events[i].tick < begin_tick; ++i) {
    last[state_key(events[i])] = i;
  }
  Keys keys;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const RawEvent& event = events[i];
    if (event.tick >= end_tick) break;
    const bool is_before = event.tick < begin_tick;
    if (is_before) {
      const int key = state_key(event);
      constexpr int kSysEx = 0x20000;
      if (key < 0 || (key != kSysEx && last[key] != i)) continue;
    }
    note_state(event, track);
    if (event.is_note_on()) {
      keys.strike(event.channel(), event.data(0));
      ++track.notes.at(event.channel());
    } else if (event.is_note_off()) {
      // Its NOTE_ON may have come before the beginning.
      if (!keys.release(event.channel(), event.data(0)) && begin_tick > 0) continue;
    } else if (event.is_channel_message() && event.message() == kControlChange &&
               event.data(0) == 120) {
      keys.release_all(event.channel());
    }
    track.events.push_back({std::max<std::int64_t>(event.tick - begin_tick, 0), event.bytes});
  }
  track.held_keys = keys.held();
  return track;
}

}  // namespace pno::midi
