#include "web/note_stream.h"

#include <algorithm>
#include <utility>

namespace pno::web {

NoteStream::NoteStream(const events::Vocabulary& vocabulary, double from_seconds)
    : vocabulary_(vocabulary), from_seconds_(from_seconds) {}

double NoteStream::now_seconds() const {
  return from_seconds_ + static_cast<double>(steps_) / vocabulary_.steps_per_second;
}

void NoteStream::read(events::Token token) {
  const auto [kind, value] = vocabulary_.event(token);
  const auto pitch = static_cast<std::size_t>(value);
  switch (kind) {
    case events::Kind::time_shift:
      steps_ += value;
      return;
    case events::Kind::velocity:
      velocity_ = vocabulary_.bin_velocity(value);
      return;
    case events::Kind::note_off:
      end(value);
      return;
    case events::Kind::note_on:
      end(value);
      open_[pitch] = {count_++, now_seconds(), -1, value, velocity_};
      is_open_[pitch] = true;
      report(open_[pitch]);
      return;
    default:  // BOS, EOS, and what only models with roles read
      return;
  }
}

void NoteStream::finish() {
  for (int pitch = 0; pitch < 128; ++pitch) end(pitch);
}

std::vector<StreamedNote> NoteStream::take() {
  return std::exchange(changed_, {});
}

void NoteStream::end(int pitch) {
  const auto index = static_cast<std::size_t>(pitch);
  if (!is_open_[index]) return;
  is_open_[index] = false;
  auto& note = open_[index];
  note.end_seconds =
      std::max(now_seconds(), note.start_seconds + 1.0 / vocabulary_.steps_per_second);
  report(note);
}

void NoteStream::report(const StreamedNote& note) {
  const auto known = std::find_if(changed_.begin(), changed_.end(),
                                  [&](const StreamedNote& other) { return other.id == note.id; });
  if (known != changed_.end()) {
    *known = note;
  } else {
    changed_.push_back(note);
  }
}

}  // namespace pno::web
