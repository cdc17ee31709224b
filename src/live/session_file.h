#pragma once

// A session as a MIDI file of two tracks: the messages of the person, byte for byte, and the notes
// of the model as they were sent. Notes that the model had planned and did not play are text events
// ("planned: 60 80" is pitch and velocity). A tick is 1/4.8 ms.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "live/planned_event.h"
#include "live/room.h"

namespace pno::live {

class SessionFile {
 public:
  void add(const RoomEvent& event);
  void add(const PlannedEvent& event);

  std::size_t messages() const { return person_.size(); }
  // `title` is the name of the model.
  std::vector<std::byte> smf(const std::string& title) const;

 private:
  std::vector<MidiMessage> person_, model_;
  std::vector<PlannedEvent> planned_;  // note_on
};

// Writes the session to `path`.
Expected<void> write_session(const SessionFile& session, const std::string& title,
                             const std::filesystem::path& path);

// $XDG_DATA_HOME/pno/sessions, else ~/.local/share/pno/sessions; empty without a home.
std::filesystem::path sessions_folder();

// A file for a session that begins now, named by the date and time; removes the oldest files that
// have such names until nine are left.
Expected<std::filesystem::path> next_session_file(const std::filesystem::path& folder);

}  // namespace pno::live
