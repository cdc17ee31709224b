#include "midi/smf_writer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "base/error.h"

namespace pno::midi {
namespace {

constexpr std::uint32_t kLongestDelta = 0x0FFF'FFFF;  // of a variable-length quantity

// What a tick lasts, as a division and a tempo whose quotient is an integer of microseconds.
// A millisecond is written at the usual 120 beats a minute. For a microsecond the division must be
// great, so that the tempo is as slow as can be: 2000 beats a minute.
struct TickLength {
  std::int64_t us;
  std::uint32_t ticks_per_quarter, us_per_quarter;
};
constexpr TickLength kMillisecond{1000, 500, 500'000};
constexpr TickLength kMicrosecond{1, 30'000, 30'000};

// A channel message. At one moment they are written in this order, in which any synthesiser hears
// what the performance holds: a key released as the sustain pedal goes down is under it, a key
// struck as the sostenuto pedal goes down is caught, and a pitch is released before it is struck.
enum class Order : std::uint8_t {
  sustain_up,
  sustain_down,
  sostenuto_up,
  note_off,
  note_on,
  sostenuto_down
};
struct Message {
  std::int64_t time_us;
  Order order;
  std::array<std::uint8_t, 3> bytes;

  bool operator<(const Message& other) const {
    return std::tie(time_us, order, bytes) < std::tie(other.time_us, other.order, other.bytes);
  }
};

std::uint8_t status(std::uint8_t message, std::uint8_t channel) {
  return static_cast<std::uint8_t>(message | channel);
}

void add_note(const Note& note, std::vector<Message>& messages) {
  PNO_CHECK(note.start_us >= 0 && note.key_length_us > 0 && note.pitch < 128 && note.velocity > 0 &&
                note.velocity < 128 && note.channel < 16 && note.channel != 9,
            "a note that MIDI cannot hold");
  const std::int64_t released_us = note.start_us + note.key_length_us;
  messages.push_back(
      {note.start_us, Order::note_on, {status(0x90, note.channel), note.pitch, note.velocity}});
  messages.push_back({released_us, Order::note_off, {status(0x80, note.channel), note.pitch, 64}});
}

void add_pedal(const Pedal& pedal, std::vector<Message>& messages) {
  PNO_CHECK(pedal.start_us >= 0 && pedal.end_us > pedal.start_us && pedal.channel < 16 &&
                pedal.channel != 9,
            "a pedal that MIDI cannot hold");
  const bool sustain = pedal.kind == Pedal::Kind::sustain;
  const std::uint8_t controller = sustain ? 64 : 66;
  const std::uint8_t control = status(0xB0, pedal.channel);
  messages.push_back({pedal.start_us,
                      sustain ? Order::sustain_down : Order::sostenuto_down,
                      {control, controller, 127}});
  messages.push_back(
      {pedal.end_us, sustain ? Order::sustain_up : Order::sostenuto_up, {control, controller, 0}});
}

class SmfBytes {
 public:
  void put(std::uint8_t byte) { bytes_.push_back(std::byte{byte}); }
  void put(std::string_view text) {
    for (const char c : text) put(static_cast<std::uint8_t>(c));
  }
  void put_big_endian(std::uint32_t value, int count) {
    while (count-- > 0) put(static_cast<std::uint8_t>(value >> (8 * count)));
  }
  void put_vlq(std::uint32_t value) {
    for (int shift = 21; shift > 0; shift -= 7) {
      if (value >> shift != 0) put(static_cast<std::uint8_t>(0x80 | (value >> shift & 0x7F)));
    }
    put(static_cast<std::uint8_t>(value & 0x7F));
  }
  void put_meta(std::uint8_t type, std::string_view text) {
    put(0xFF);
    put(type);
    const auto length =
        static_cast<std::uint32_t>(std::min<std::size_t>(text.size(), kLongestDelta));
    put_vlq(length);
    put(text.substr(0, length));
  }
  // A gap longer than a delta can say is bridged by empty text events.
  void put_delta(std::int64_t ticks) {
    for (; ticks > kLongestDelta; ticks -= kLongestDelta) {
      put_vlq(kLongestDelta);
      put_meta(0x01, {});
    }
    put_vlq(static_cast<std::uint32_t>(ticks));
  }
  void set_big_endian_32(std::size_t position, std::size_t value) {
    for (std::size_t i = 0; i < 4; ++i) {
      bytes_[position + i] = static_cast<std::byte>(value >> (24 - 8 * i) & 0xFF);
    }
  }
  std::size_t size() const { return bytes_.size(); }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

std::vector<Message> sorted_messages(const Performance& performance) {
  std::vector<Message> messages;
  messages.reserve(2 * (performance.notes.size() + performance.pedals.size()));
  for (const Note& note : performance.notes) add_note(note, messages);
  for (const Pedal& pedal : performance.pedals) add_pedal(pedal, messages);
  std::sort(messages.begin(), messages.end());
  return messages;
}

TickLength tick_length(const std::vector<Message>& messages) {
  const bool whole_ms = std::all_of(messages.begin(), messages.end(), [](const Message& m) {
    return m.time_us % kMillisecond.us == 0;
  });
  return whole_ms ? kMillisecond : kMicrosecond;
}

// What stands at time 0 before the music.
void put_head(const std::vector<Message>& messages, const TickLength& tick,
              const WriteOptions& options, SmfBytes& bytes) {
  const auto put_text = [&](std::uint8_t type, const std::string& text) {
    if (text.empty()) return;
    bytes.put_delta(0);
    bytes.put_meta(type, text);
  };
  put_text(0x02, options.copyright);  // to be the first, says the specification
  put_text(0x03, options.title);
  put_text(0x01, options.text);
  bytes.put_delta(0);
  bytes.put_big_endian(0xFF5103, 3);
  bytes.put_big_endian(tick.us_per_quarter, 3);

  std::array<bool, 16> used{};
  for (const Message& message : messages) used[message.bytes[0] & 0xFu] = true;
  for (std::uint8_t channel = 0; channel < 16; ++channel) {
    if (!used[channel]) continue;
    bytes.put_delta(0);
    bytes.put(status(0xC0, channel));
    bytes.put(std::uint8_t{0});
  }
}

}  // namespace

std::vector<std::byte> write_smf(const Performance& performance, const WriteOptions& options) {
  const std::vector<Message> messages = sorted_messages(performance);
  const TickLength tick = tick_length(messages);

  SmfBytes bytes;
  bytes.put("MThd");
  bytes.put_big_endian(6, 4);
  bytes.put_big_endian(0, 2);  // type
  bytes.put_big_endian(1, 2);  // tracks
  bytes.put_big_endian(tick.ticks_per_quarter, 2);
  bytes.put("MTrk");
  const std::size_t length_position = bytes.size();
  bytes.put_big_endian(0, 4);

  put_head(messages, tick, options, bytes);
  std::int64_t now_us = 0;
  for (const Message& message : messages) {
    bytes.put_delta((message.time_us - now_us) / tick.us);
    for (const std::uint8_t byte : message.bytes) bytes.put(byte);
    now_us = message.time_us;
  }
  bytes.put_delta(0);
  bytes.put_big_endian(0xFF2F00, 3);
  bytes.set_big_endian_32(length_position, bytes.size() - length_position - 4);
  return bytes.take();
}

}  // namespace pno::midi
