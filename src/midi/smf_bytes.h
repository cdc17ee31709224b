#pragma once

// The bytes of a MIDI file as it is written: integers, variable-length quantities, meta events and
// track chunks.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace pno::midi {

inline constexpr std::uint32_t kLongestDelta = 0x0FFF'FFFF;  // of a variable-length quantity

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

  void put_header(int format, std::uint32_t tracks, std::uint32_t division) {
    put("MThd");
    put_big_endian(6, 4);
    put_big_endian(static_cast<std::uint32_t>(format), 2);
    put_big_endian(tracks, 2);
    put_big_endian(division, 2);
  }
  void begin_track() {
    put("MTrk");
    track_ = bytes_.size();
    put_big_endian(0, 4);
  }
  // With an End of Track at the last event.
  void end_track() {
    put_delta(0);
    put_big_endian(0xFF2F00, 3);
    const std::size_t length = bytes_.size() - track_ - 4;
    for (std::size_t i = 0; i < 4; ++i) {
      bytes_[track_ + i] = static_cast<std::byte>(length >> (24 - 8 * i) & 0xFF);
    }
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
  std::size_t track_ = 0;  // the length of the track that was begun last
};

}  // namespace pno::midi
