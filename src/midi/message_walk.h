#pragma once

// The events of a track chunk, one after the other. Both the reader of tracks and the search for
// the end of a track walk with this, so both take the same bytes for the same events.

#include <cstddef>
#include <cstdint>
#include <span>

#include "midi/byte_cursor.h"

namespace pno::midi {

enum class Ending {
  end_of_track,   // after an End of Track; bytes may remain
  no_more_bytes,  // after an event, without an End of Track
  cut,            // within an event that needs more bytes than there are
  unreadable,     // at bytes that are not an event
  stopped,        // by the handler
};

inline constexpr std::uint8_t kMetaEndOfTrack = 0x2F;

// The parts of a track. A handler has all of these functions:
//   bool begin_event(const ByteCursor&)            before each event; false stops the walk
//   void advance(std::uint32_t delta_ticks)
//   bool channel_message(status, first, second)    second is 0 for messages of one byte; false
//                                                  stops the walk
//   void meta(type, payload)                       except End of Track
//   void system_exclusive(payload)                 the bytes after F0 and the length
//   void wire_message()                            system messages that no file should have
//
// Running status: a message that begins with a data byte has the status of the channel message
// before it. Meta events and SysEx should end that; in real files they do not. A walk begins
// without one. Does not throw. Does not allocate.
template <class Handler>
class MessageWalk {
 public:
  MessageWalk(ByteCursor& bytes, Handler& handler) : bytes_(bytes), handler_(handler) {}

  // At `cut` and `unreadable`, the bytes of the event that could not be read are left in the
  // cursor.
  Ending walk() {
    while (!bytes_.empty()) {
      const ByteCursor before = bytes_;
      if (!handler_.begin_event(bytes_)) return Ending::stopped;
      const Ending ending = event();
      if (ending == Ending::cut || ending == Ending::unreadable) bytes_ = before;
      if (ending != Ending::no_more_bytes) return ending;
    }
    return Ending::no_more_bytes;
  }

 private:
  static constexpr std::uint8_t kSystemExclusive = 0xF0;
  static constexpr std::uint8_t kEscape = 0xF7;  // also the continuation of a SysEx
  static constexpr std::uint8_t kMeta = 0xFF;

  // A delta time and a message. no_more_bytes if the track continues.
  Ending event() {
    std::uint32_t delta = 0;
    if (const auto read = bytes_.take_vlq(delta); read != ByteCursor::Vlq::ok) {
      return read == ByteCursor::Vlq::cut ? Ending::cut : Ending::unreadable;
    }
    if (bytes_.empty()) return Ending::cut;
    handler_.advance(delta);

    std::uint8_t status = running_status_;
    if (bytes_.peek() >= 0x80) {
      status = bytes_.take();
      if (status == kMeta) return meta_event();
      if (status >= kSystemExclusive) return system_event(status);
      running_status_ = status;
    } else if (status == 0) {
      return Ending::unreadable;
    }

    const bool one_byte = status >= 0xC0 && status < 0xE0;  // program change, channel pressure
    if (bytes_.remaining() < (one_byte ? 1U : 2U)) return Ending::cut;
    const std::uint8_t first = bytes_.take();
    const std::uint8_t second = one_byte ? std::uint8_t{0} : bytes_.take();
    return handler_.channel_message(status, first, second) ? Ending::no_more_bytes
                                                           : Ending::stopped;
  }

  // A length and that many bytes.
  Ending take_payload(std::span<const std::byte>& payload) {
    std::uint32_t length = 0;
    if (const auto read = bytes_.take_vlq(length); read != ByteCursor::Vlq::ok) {
      return read == ByteCursor::Vlq::cut ? Ending::cut : Ending::unreadable;
    }
    if (length > bytes_.remaining()) return Ending::cut;
    payload = bytes_.take_bytes(length);
    return Ending::no_more_bytes;
  }

  // FF type length bytes. no_more_bytes if the track continues.
  Ending meta_event() {
    if (bytes_.empty()) return Ending::cut;
    const std::uint8_t type = bytes_.take();
    std::span<const std::byte> payload;
    if (const Ending ending = take_payload(payload); ending != Ending::no_more_bytes) {
      return ending;
    }
    if (type == kMetaEndOfTrack) return Ending::end_of_track;
    handler_.meta(type, payload);
    return Ending::no_more_bytes;
  }

  // SysEx, its continuations and escapes (F0 or F7, length, bytes) are skipped by their length. The
  // other system messages belong on a wire and not in a file, but some recorders leave them there.
  Ending system_event(std::uint8_t status) {
    if (status == kSystemExclusive || status == kEscape) {
      std::span<const std::byte> payload;
      const Ending ending = take_payload(payload);
      if (ending == Ending::no_more_bytes && status == kSystemExclusive) {
        handler_.system_exclusive(payload);
      }
      return ending;
    }
    constexpr std::uint8_t kTimeCode = 0xF1, kSongPosition = 0xF2, kSongSelect = 0xF3;
    std::size_t length = 0;
    if (status == kTimeCode || status == kSongSelect) length = 1;
    if (status == kSongPosition) length = 2;
    handler_.wire_message();
    if (length > bytes_.remaining()) return Ending::cut;
    bytes_.take_bytes(length);
    return Ending::no_more_bytes;
  }

  ByteCursor& bytes_;
  Handler& handler_;
  std::uint8_t running_status_ = 0;
};

template <class Handler>
Ending walk_messages(ByteCursor& bytes, Handler& handler) {
  return MessageWalk<Handler>(bytes, handler).walk();
}

}  // namespace pno::midi
