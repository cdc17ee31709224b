#pragma once

// All events of a track: those after an End of Track in its middle, and those after damaged bytes.

#include <cstddef>
#include <cstdint>
#include <span>

#include "midi/byte_cursor.h"
#include "midi/message_walk.h"
#include "midi/track_extent.h"

namespace pno::midi {

struct TrackWalk {
  Ending ending = Ending::end_of_track;  // of the last event that was read
  std::int64_t early_ends = 0;           // Ends of Track in the middle
  std::int64_t damaged_bytes = 0;        // skipped, because they are not events
  std::int64_t bytes_after_end = 0;
};

// Walks the bytes of a track. If an event cannot be read, the walk continues at the next place at
// which events begin (find_next_event()); the delta times between are lost. A handler has the
// functions that MessageWalk names, and
//   void pass_over()    the bytes up to the next event are not an event
// Does not throw. Does not allocate.
template <class Handler>
TrackWalk walk_track(std::span<const std::byte> track, Handler& handler) {
  ByteCursor bytes(track);
  TrackWalk walk;
  while (true) {
    walk.ending = walk_messages(bytes, handler);
    if (walk.ending == Ending::end_of_track) {
      if (bytes.empty()) return walk;
      if (!is_more_of_track(bytes.rest())) {
        walk.bytes_after_end = static_cast<std::int64_t>(bytes.remaining());
        return walk;
      }
      ++walk.early_ends;
    } else if (walk.ending == Ending::cut || walk.ending == Ending::unreadable) {
      const std::size_t next = find_next_event(bytes.rest());
      if (next == bytes.remaining()) return walk;
      walk.damaged_bytes += static_cast<std::int64_t>(next);
      bytes.take_bytes(next);
    } else {
      return walk;
    }
    handler.pass_over();
  }
}

}  // namespace pno::midi
