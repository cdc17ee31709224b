#include "midi/smf_messages.h"

#include <algorithm>

#include "base/error.h"

namespace pno::midi {
namespace {

using TickOf = std::function<std::int64_t(std::int64_t)>;

std::uint8_t status(std::uint8_t message, std::uint8_t channel) {
  return static_cast<std::uint8_t>(message | channel);
}

// From a tick to a later one. `free_from` is the tick from which the key or pedal can be used
// again.
struct TickSpan {
  std::int64_t begin, end;
};
TickSpan span_of(std::int64_t start_us, std::int64_t end_us, const TickOf& tick_of,
                 std::int64_t& free_from) {
  const std::int64_t begin = std::max(tick_of(start_us), free_from);
  free_from = std::max(tick_of(end_us), begin + 1);
  return {begin, free_from};
}

}  // namespace

std::vector<ChannelMessage> channel_messages(const Performance& performance,
                                             const TickOf& tick_of) {
  std::vector<ChannelMessage> messages;
  messages.reserve(2 * (performance.notes.size() + performance.pedals.size()));
  std::vector<std::int64_t> key_free(16 * 128);
  for (const Note& note : performance.notes) {
    PNO_CHECK(note.start_us >= 0 && note.key_length_us > 0 && note.pitch < 128 &&
                  note.velocity > 0 && note.velocity < 128 && note.channel < 16 &&
                  note.channel != 9,
              "a note that MIDI cannot hold");
    const auto [on, off] = span_of(note.start_us, note.start_us + note.key_length_us, tick_of,
                                   key_free[note.channel * std::size_t{128} + note.pitch]);
    messages.push_back(
        {on, MessageOrder::note_on, {status(0x90, note.channel), note.pitch, note.velocity}});
    messages.push_back({off, MessageOrder::note_off, {status(0x80, note.channel), note.pitch, 64}});
  }
  std::array<std::array<std::int64_t, 16>, 2> pedal_free{};
  for (const Pedal& pedal : performance.pedals) {
    PNO_CHECK(pedal.start_us >= 0 && pedal.end_us > pedal.start_us && pedal.channel < 16 &&
                  pedal.channel != 9,
              "a pedal that MIDI cannot hold");
    const bool sustain = pedal.kind == Pedal::Kind::sustain;
    const std::uint8_t controller = sustain ? 64 : 66;
    const std::uint8_t control = status(0xB0, pedal.channel);
    const auto [down, up] = span_of(pedal.start_us, pedal.end_us, tick_of,
                                    pedal_free.at(sustain ? 0 : 1).at(pedal.channel));
    messages.push_back({down,
                        sustain ? MessageOrder::sustain_down : MessageOrder::sostenuto_down,
                        {control, controller, 127}});
    messages.push_back({up,
                        sustain ? MessageOrder::sustain_up : MessageOrder::sostenuto_up,
                        {control, controller, 0}});
  }
  std::sort(messages.begin(), messages.end());
  return messages;
}

}  // namespace pno::midi
