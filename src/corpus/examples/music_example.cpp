#include "corpus/examples/music_example.h"

#include <algorithm>

namespace pno::corpus {
namespace {

using events::Kind;
using events::Role;

constexpr bool announces(Task task) {
  return task == Task::accompany || task == Task::realise;
}
constexpr bool gives(Task task) {
  return task == Task::accompany || task == Task::duet;
}

// The melody notes of a crop, announced in the order of their onsets.
class Announcements {
 public:
  Announcements(std::span<const GridEvent> events, const events::Vocabulary& vocabulary)
      : events_(events), steps_per_second_(vocabulary.steps_per_second) {}

  // Writes those of notes with an onset after `step`, at most 2 s after it.
  void write(std::int64_t step, ExampleWriter& writer) {
    const auto last =
        step + static_cast<std::int64_t>(steps_per_second_) * events::kAnnouncedUs / 1'000'000;
    for (; next_ < events_.size() && events_[next_].step <= last; ++next_) {
      const auto& event = events_[next_];
      if (!event.is_on || !event.is_melody || event.step <= step) continue;
      const auto us = (event.step - step) * 1'000'000 / steps_per_second_;
      constexpr std::int64_t kUnit = events::kAnnouncedUnitUs;
      constexpr std::int64_t kMost = events::kAnnouncedUs / kUnit;
      writer.put_pitch(event.pitch, Role::announced);
      writer.put_shifts(std::clamp<std::int64_t>((us + kUnit / 2) / kUnit, 1, kMost),
                        Role::announced);
    }
  }

 private:
  std::span<const GridEvent> events_;
  int steps_per_second_;
  std::size_t next_ = 0;
};

}  // namespace

void write_music(const ExampleCrop& crop, Task task, std::span<const ControlPlace> controls,
                 const events::Vocabulary& vocabulary, ExampleWriter& writer) {
  writer.set_task(task);
  if (crop.from_start) writer.put(Kind::bos, Role::played);
  auto place = controls.begin();
  if (place != controls.end()) writer.put_controls((place++)->values);
  Announcements announcements(crop.events, vocabulary);
  std::int64_t last_step = -1;
  for (std::size_t i = 0; i < crop.events.size() && !writer.is_full(); ++i) {
    const auto& event = crop.events[i];
    const auto role = gives(task) && event.is_melody ? Role::given : Role::played;
    writer.shift_to(event.step, role);
    if (place != controls.end() && place->event == i) writer.put_controls((place++)->values);
    if (announces(task) && event.step > last_step) announcements.write(event.step, writer);
    last_step = event.step;
    writer.put_note(event, role);
  }
  if (crop.to_end) writer.put(Kind::eos, Role::played);
}

}  // namespace pno::corpus
