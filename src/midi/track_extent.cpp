#include "midi/track_extent.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "midi/big_endian.h"
#include "midi/message_walk.h"

namespace pno::midi {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kHeaderBytes = 6;

std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool begins_chunk(Bytes bytes) {
  if (!begins_named(bytes)) return false;
  if (begins_track(bytes) || begins_file(bytes)) return true;
  return big_endian(bytes.subspan(4, 4)) <= bytes.size() - kChunkHeadBytes;
}

bool begins_head(Bytes bytes) {
  return begins_track(bytes) || begins_file(bytes);
}

// Counts the events that begin when at most `most_remaining` bytes remain. Stops at a head.
struct Scan {
  std::size_t most_remaining = 0;
  int messages = 0;

  bool begin_event(const ByteCursor& bytes) {
    if (bytes.peek() == 'M' && begins_head(bytes.rest())) return false;
    if (bytes.remaining() <= most_remaining) ++messages;
    return true;
  }
  void advance(std::uint32_t) {}
  bool channel_message(std::uint8_t, std::uint8_t, std::uint8_t) { return true; }
  void meta(std::uint8_t, Bytes) {}
  void system_exclusive(Bytes) {}
  void wire_message() {}
};

// Counts events. Stops at a data byte above 127, and after kSureMessages. A delta of four bytes is
// hours long.
struct SureEvents {
  int messages = 0;
  bool all_sound = true;

  bool begin_event(const ByteCursor&) { return all_sound && messages < kSureMessages; }
  void advance(std::uint32_t delta) {
    all_sound = delta < 1U << 21;
    ++messages;
  }
  bool channel_message(std::uint8_t, std::uint8_t first, std::uint8_t second) {
    all_sound = all_sound && first < 0x80 && second < 0x80;
    return all_sound;
  }
  void meta(std::uint8_t, Bytes) {}
  void system_exclusive(Bytes) {}
  void wire_message() { all_sound = false; }
};

// The first delta has one byte: a longer one could begin with damaged bytes.
bool begins_events(Bytes bytes) {
  if (bytes.front() >= std::byte{0x80}) return false;
  ByteCursor cursor(bytes);
  SureEvents events;
  const Ending ending = walk_messages(cursor, events);
  if (!events.all_sound) return false;
  return ending == Ending::stopped || (ending == Ending::end_of_track && cursor.empty());
}

}  // namespace

bool begins_named(Bytes bytes) {
  return bytes.size() >= kChunkHeadBytes &&
         std::all_of(bytes.begin(), bytes.begin() + 4,
                     [](std::byte b) { return b >= std::byte{0x20} && b < std::byte{0x7F}; });
}

bool begins_track(Bytes bytes) {
  return bytes.size() >= kChunkHeadBytes && as_text(bytes).starts_with("MTrk");
}

bool begins_file(Bytes bytes) {
  if (bytes.size() < kChunkHeadBytes + kHeaderBytes || !as_text(bytes).starts_with("MThd")) {
    return false;
  }
  return big_endian(bytes.subspan(4, 4)) >= kHeaderBytes && big_endian(bytes.subspan(12, 2)) != 0;
}

std::size_t find_next_head(Bytes bytes, std::size_t from) {
  const std::string_view text = as_text(bytes);
  for (std::size_t at = text.find("MT", from); at != text.npos; at = text.find("MT", at + 1)) {
    if (begins_head(bytes.subspan(at))) return at;
  }
  return bytes.size();
}

std::size_t track_size(Bytes bytes, std::size_t declared) {
  const bool fits = declared <= bytes.size();
  if (fits && (declared == bytes.size() || begins_chunk(bytes.subspan(declared))) &&
      find_next_head(bytes.first(declared), 0) == declared) {
    return declared;
  }
  ByteCursor cursor(bytes);
  Scan scan{.most_remaining = fits ? bytes.size() - declared : 0};
  Ending ending = Ending::end_of_track;
  std::size_t end = 0;
  while (ending == Ending::end_of_track) {
    ending = walk_messages(cursor, scan);
    end = bytes.size() - cursor.remaining();
    const bool at_boundary = end >= declared || cursor.empty() || begins_head(cursor.rest());
    if (ending == Ending::stopped || (ending == Ending::end_of_track && at_boundary)) return end;
  }
  const bool reads_on = ending == Ending::no_more_bytes || scan.messages >= kSureMessages;
  const std::size_t next_head = find_next_head(bytes, end);
  return fits && !reads_on ? std::min(declared, next_head) : next_head;
}

bool is_more_of_track(Bytes bytes) {
  ByteCursor cursor(bytes);
  Scan scan{.most_remaining = bytes.size()};
  switch (walk_messages(cursor, scan)) {
    case Ending::end_of_track:
    case Ending::no_more_bytes:
      return true;
    case Ending::cut:
      return scan.messages > kSureMessages;
    case Ending::unreadable:
    case Ending::stopped:
      return false;
  }
  return false;
}

std::size_t find_next_event(Bytes bytes) {
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    if (begins_events(bytes.subspan(at))) return at;
  }
  return bytes.size();
}

}  // namespace pno::midi
