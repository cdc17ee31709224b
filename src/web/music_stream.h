#pragma once

// The music of one listener as server-sent events.

#include <memory>

#include "web/answer.h"
#include "web/note_stream.h"
#include "web/studio.h"

namespace pno::web {

// Its destructor frees the place of the listener.
class MusicStream : public PartSource {
 public:
  // `studio` must outlive this. The music begins at `from_seconds`.
  MusicStream(Studio& studio, std::shared_ptr<Studio::Listener> listener, double from_seconds);
  MusicStream(const MusicStream&) = delete;
  MusicStream& operator=(const MusicStream&) = delete;
  ~MusicStream() override;

  // The events since the last call, or a heartbeat.
  Part next() override;

 private:
  std::string notes_event();

  Studio& studio_;
  std::shared_ptr<Studio::Listener> listener_;
  NoteStream notes_;
};

}  // namespace pno::web
