#pragma once

// Events of a model to the notes of a stream, one event at a time. A note is reported when it
// begins and again when it ends.

#include <array>
#include <cstdint>
#include <vector>

#include "events/vocabulary.h"

namespace pno::web {

struct StreamedNote {
  std::int64_t id = 0;  // counts from 0
  double start_seconds = 0;
  double end_seconds = -1;  // negative while the note sounds
  int pitch = 0, velocity = 0;
};

class NoteStream {
 public:
  NoteStream(const events::Vocabulary& vocabulary, double from_seconds);

  void read(events::Token token);
  // Ends the notes that sound.
  void finish();

  // The notes that began or ended since the last call, each once.
  std::vector<StreamedNote> take();
  double now_seconds() const;

 private:
  void end(int pitch);
  void report(const StreamedNote& note);

  events::Vocabulary vocabulary_;
  double from_seconds_;
  std::int64_t steps_ = 0, count_ = 0;
  int velocity_ = 64;
  std::array<StreamedNote, 128> open_{};  // by pitch
  std::array<bool, 128> is_open_{};
  std::vector<StreamedNote> changed_;
};

}  // namespace pno::web
