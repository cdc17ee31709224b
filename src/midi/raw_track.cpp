#include "midi/raw_track.h"

#include "midi/byte_cursor.h"
#include "midi/damaged_delta.h"
#include "midi/message_walk.h"
#include "midi/smf_bytes.h"
#include "midi/track_walk.h"

namespace pno::midi {
namespace {

// For walk_messages().
class RawReader {
 public:
  RawReader(const Division& division, std::vector<RawEvent>& events)
      : delta_(division), events_(events) {}

  bool begin_event(const ByteCursor& bytes) {
    end_escape(bytes);
    event_bytes_ = bytes.rest();
    is_taken_ = false;
    return true;
  }
  void advance(std::uint32_t delta) { tick_ += delta_.ticks(delta); }
  bool channel_message(std::uint8_t status, std::uint8_t first, std::uint8_t second) {
    is_taken_ = true;
    RawEvent event{tick_, {std::byte{status}, std::byte{first}}};
    if (status < 0xC0 || status >= 0xE0) event.bytes.push_back(std::byte{second});
    events_.push_back(std::move(event));
    return true;
  }
  void meta(std::uint8_t type, std::span<const std::byte> payload) {
    add_with_length({std::byte{0xFF}, std::byte{type}}, payload);
  }
  void system_exclusive(std::span<const std::byte> payload) {
    add_with_length({std::byte{0xF0}}, payload);
  }
  void wire_message() { is_taken_ = true; }
  void pass_over() { is_taken_ = true; }

  // The walk reads escapes (F7, length, bytes) without telling.
  void end_escape(const ByteCursor& bytes) {
    if (is_taken_) return;
    ByteCursor event(event_bytes_.first(event_bytes_.size() - bytes.remaining()));
    std::uint32_t delta = 0;
    if (event.take_vlq(delta) != ByteCursor::Vlq::ok || event.empty()) return;
    if (event.peek() != 0xF7) return;
    const auto rest = event.rest();
    events_.push_back({tick_, {rest.begin(), rest.end()}});
  }

 private:
  void add_with_length(std::vector<std::byte> head, std::span<const std::byte> payload) {
    is_taken_ = true;
    SmfBytes length;
    length.put_vlq(static_cast<std::uint32_t>(payload.size()));
    const auto length_bytes = length.take();
    head.insert(head.end(), length_bytes.begin(), length_bytes.end());
    head.insert(head.end(), payload.begin(), payload.end());
    events_.push_back({tick_, std::move(head)});
  }

  DamagedDelta delta_;
  std::vector<RawEvent>& events_;
  std::int64_t tick_ = 0;
  std::span<const std::byte> event_bytes_;  // from the event's delta on
  bool is_taken_ = true;                    // the event was told
};

}  // namespace

std::vector<RawEvent> read_raw_track(std::span<const std::byte> track, const Division& division) {
  std::vector<RawEvent> events;
  RawReader reader(division, events);
  if (walk_track(track, reader).ending == Ending::no_more_bytes)
    reader.end_escape(ByteCursor(track.last(0)));
  return events;
}

}  // namespace pno::midi
