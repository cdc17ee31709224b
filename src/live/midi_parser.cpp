#include "live/midi_parser.h"

namespace pno::live {
namespace {

constexpr std::uint8_t kFirstStatus = 0x80, kFirstSystem = 0xF0, kFirstRealTime = 0xF8;

// Data bytes after a status byte: 1 or 2.
int data_bytes(std::uint8_t status) {
  const int kind = status & 0xF0;
  return kind == 0xC0 || kind == 0xD0 ? 1 : 2;
}

}  // namespace

std::optional<MidiMessage> MidiParser::read(std::uint8_t byte, std::int64_t time_us) noexcept {
  if (byte >= kFirstRealTime) return std::nullopt;  // may stand inside another message
  if (byte >= kFirstSystem) {
    // System exclusive and system common messages are skipped with their data. They end the
    // running status.
    status_ = 0;
    return std::nullopt;
  }
  if (byte >= kFirstStatus) {
    status_ = byte;
    has_first_ = false;
    return std::nullopt;
  }
  if (status_ == 0) return std::nullopt;
  if (data_bytes(status_) == 1) return MidiMessage{time_us, {status_, byte, 0}, 2};
  if (!has_first_) {
    first_ = byte;
    has_first_ = true;
    return std::nullopt;
  }
  has_first_ = false;
  return MidiMessage{time_us, {status_, first_, byte}, 3};
}

}  // namespace pno::live
