#pragma once

// MIDI files byte by byte, right and wrong ones, for tests.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace pno::midi {

using FileBytes = std::vector<std::byte>;

inline void put(FileBytes& bytes, std::initializer_list<int> values) {
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
}

inline void put(FileBytes& bytes, std::string_view text) {
  for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
}

inline void put_big_endian(FileBytes& bytes, std::size_t value, int count) {
  while (count-- > 0) bytes.push_back(static_cast<std::byte>(value >> (8 * count) & 0xFF));
}

// The events of a track; `delta` in ticks after the event before.
class Track {
 public:
  Track& on(std::uint32_t delta, int pitch, int velocity = 64, int channel = 0) {
    return event(delta, {0x90 | channel, pitch, velocity});
  }
  Track& off(std::uint32_t delta, int pitch, int channel = 0) {
    return event(delta, {0x80 | channel, pitch, 64});
  }
  Track& control(std::uint32_t delta, int controller, int value, int channel = 0) {
    return event(delta, {0xB0 | channel, controller, value});
  }
  Track& sustain(std::uint32_t delta, int value, int channel = 0) {
    return control(delta, 64, value, channel);
  }
  Track& program(std::uint32_t delta, int program, int channel = 0) {
    return event(delta, {0xC0 | channel, program});
  }
  Track& tempo(std::uint32_t delta, int us_per_quarter) {
    return event(delta, {0xFF, 0x51, 3, us_per_quarter >> 16, us_per_quarter >> 8 & 0xFF,
                         us_per_quarter & 0xFF});
  }
  Track& port(std::uint32_t delta, int port) { return event(delta, {0xFF, 0x21, 1, port}); }
  Track& end(std::uint32_t delta = 0) { return event(delta, {0xFF, 0x2F, 0}); }

  Track& event(std::uint32_t delta, std::initializer_list<int> bytes) {
    for (int shift = 21; shift > 0; shift -= 7) {
      if (delta >> shift != 0) raw({static_cast<int>(0x80 | (delta >> shift & 0x7F))});
    }
    return raw({static_cast<int>(delta & 0x7F)}).raw(bytes);
  }
  Track& raw(std::initializer_list<int> bytes) {
    put(bytes_, bytes);
    return *this;
  }
  Track& text(std::string_view text) {
    put(bytes_, text);
    return *this;
  }

  const FileBytes& bytes() const { return bytes_; }

 private:
  FileBytes bytes_;
};

inline FileBytes chunk(std::string_view name, const FileBytes& body) {
  FileBytes bytes;
  put(bytes, name);
  put_big_endian(bytes, body.size(), 4);
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

inline FileBytes joined(std::initializer_list<FileBytes> parts) {
  FileBytes bytes;
  for (const FileBytes& part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
  return bytes;
}

inline FileBytes header(int format, int tracks, int division) {
  FileBytes body;
  put_big_endian(body, static_cast<std::size_t>(format), 2);
  put_big_endian(body, static_cast<std::size_t>(tracks), 2);
  put_big_endian(body, static_cast<std::size_t>(division), 2);
  return chunk("MThd", body);
}

// At 500 ticks a quarter note and the tempo that holds without a change, a tick is a millisecond.
inline constexpr int kMillisecondTicks = 500;

inline FileBytes smf(int format, std::initializer_list<Track> tracks,
                     int division = kMillisecondTicks) {
  FileBytes bytes = header(format, static_cast<int>(tracks.size()), division);
  for (const Track& track : tracks) {
    const FileBytes part = chunk("MTrk", track.bytes());
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  return bytes;
}

inline FileBytes smf(const Track& track) {
  return smf(0, {track});
}

}  // namespace pno::midi
