#include "live/key_messages.h"

#include <algorithm>

namespace pno::live {

std::vector<MidiMessage> key_messages(const midi::Performance& performance) {
  std::vector<MidiMessage> messages;
  for (const auto& note : performance.notes) {
    messages.push_back(MidiMessage::note_on(note.start_us, note.pitch, note.velocity));
    messages.push_back(MidiMessage::note_off(note.start_us + note.key_length_us, note.pitch));
  }
  for (const auto& pedal : performance.pedals) {
    const int controller =
        pedal.kind == midi::Pedal::Kind::sustain ? kSustainController : kSostenutoController;
    messages.push_back(MidiMessage::control(pedal.start_us, controller, 127));
    messages.push_back(MidiMessage::control(pedal.end_us, controller, 0));
  }
  std::stable_sort(messages.begin(), messages.end(), [](const auto& a, const auto& b) {
    return a.time_us != b.time_us ? a.time_us < b.time_us : a.is_note_off() && !b.is_note_off();
  });
  return messages;
}

}  // namespace pno::live
