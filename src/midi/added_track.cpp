#include "midi/added_track.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "midi/smf_bytes.h"
#include "midi/smf_messages.h"

namespace pno::midi {
namespace {

constexpr std::uint8_t kDrumChannel = 9;
constexpr std::size_t kVolume = 7, kPan = 10, kExpression = 11;

std::uint8_t main_channel(std::span<const CutTrack> tracks) {
  std::array<std::int64_t, 16> notes{};
  for (const auto& track : tracks) {
    for (std::size_t channel = 0; channel < 16; ++channel) {
      if (channel != kDrumChannel) notes.at(channel) += track.notes.at(channel);
    }
  }
  return static_cast<std::uint8_t>(std::ranges::max_element(notes) - notes.begin());
}

}  // namespace

void mark_channels(const std::vector<RawEvent>& events, std::array<bool, 16>& is_used) {
  for (const auto& event : events) {
    if (event.is_channel_message()) is_used.at(event.channel()) = true;
  }
}

std::uint8_t free_channel(const std::array<bool, 16>& is_used) {
  for (std::uint8_t channel = 0; channel < 16; ++channel) {
    if (!is_used.at(channel) && channel != kDrumChannel) return channel;
  }
  return 15;
}

RawEvent raw_event(std::int64_t tick, std::initializer_list<int> bytes) {
  RawEvent event{tick, {}};
  for (const int byte : bytes) event.bytes.push_back(static_cast<std::byte>(byte));
  return event;
}

std::vector<RawEvent> added_track(std::span<const CutTrack> tracks, std::uint8_t channel,
                                  const AddedMusic& added,
                                  const std::function<std::int64_t(std::int64_t)>& tick_of) {
  const auto main = main_channel(tracks);
  std::vector<RawEvent> events;
  const auto put_text = [&](std::uint8_t type, const std::string& text) {
    if (text.empty()) return;
    SmfBytes bytes;
    bytes.put_meta(type, text);
    events.push_back({0, bytes.take()});
  };
  put_text(0x02, added.copyright);
  put_text(0x03, added.title);
  put_text(0x01, added.text);
  int program = 0;
  for (const auto& own : tracks) program = std::max(program, own.programs.at(main));
  events.push_back(raw_event(0, {0xC0 | channel, program}));
  for (const std::size_t controller : {kVolume, kPan, kExpression}) {
    int value = -1;
    for (const auto& own : tracks) {
      value = std::max(value, own.controllers.at(main).at(controller));
    }
    if (value < 0) continue;
    events.push_back(raw_event(0, {0xB0 | channel, static_cast<int>(controller), value}));
  }
  Performance music = added.music;
  for (auto& note : music.notes) note.channel = channel;
  for (auto& pedal : music.pedals) pedal.channel = channel;
  for (const auto& message : channel_messages(music, tick_of)) {
    events.push_back(
        raw_event(message.tick, {message.bytes[0], message.bytes[1], message.bytes[2]}));
  }
  return events;
}

std::vector<std::byte> write_raw_tracks(const std::vector<std::vector<RawEvent>>& tracks,
                                        std::uint32_t division_word) {
  SmfBytes bytes;
  bytes.put_header(/*format=*/1, static_cast<std::uint32_t>(tracks.size()), division_word);
  for (const auto& track : tracks) {
    bytes.begin_track();
    std::int64_t now = 0;
    for (const auto& event : track) {
      bytes.put_delta(event.tick - now);
      for (const auto byte : event.bytes) bytes.put(std::to_integer<std::uint8_t>(byte));
      now = event.tick;
    }
    bytes.end_track();
  }
  return bytes.take();
}

}  // namespace pno::midi
