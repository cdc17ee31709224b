#include "live/token_messages.h"

#include <cmath>

namespace pno::live {

std::int64_t TokenMessages::time_us() const {
  return std::llround(static_cast<double>(steps_) * vocabulary_.step_us());
}

void TokenMessages::add(events::Token token, std::vector<MidiMessage>& into) {
  const auto event = vocabulary_.event(token);
  const int pitch = event.value + transpose_;
  const bool is_key = pitch >= 0 && pitch <= 127;
  switch (event.kind) {
    case events::Kind::time_shift:
      steps_ += event.value;
      return;
    case events::Kind::velocity:
      bin_ = event.value;
      return;
    case events::Kind::note_on:
      if (!is_key) return;
      // An unconstrained model may strike a note that sounds; decode() ends it there, too.
      if (sounding_.contains(pitch)) into.push_back(MidiMessage::note_off(time_us(), pitch));
      sounding_.insert(pitch);
      into.push_back(MidiMessage::note_on(time_us(), pitch, vocabulary_.bin_velocity(bin_)));
      return;
    case events::Kind::note_off:
      if (!is_key || !sounding_.contains(pitch)) return;
      sounding_.erase(pitch);
      into.push_back(MidiMessage::note_off(time_us(), pitch));
      return;
    default:
      return;
  }
}

void TokenMessages::end_notes(std::vector<MidiMessage>& into) {
  sounding_.for_each([&](int pitch) { into.push_back(MidiMessage::note_off(time_us(), pitch)); });
  sounding_.clear();
}

}  // namespace pno::live
