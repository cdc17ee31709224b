#include "corpus/examples/grid_music.h"

#include <algorithm>

#include "base/error.h"

namespace pno::corpus {

using events::PitchSet;

GridMusic::GridMusic(const GridOptions& options, std::vector<GridEvent>& into)
    : options_(options),
      into_(into),
      grid_({.steps_per_second = options.steps_per_second,
             .transpose = options.transpose,
             .stretch = options.stretch,
             .from_zero = options.from_zero}) {}

void GridMusic::add(std::span<const events::PlainNote> notes) {
  for (const auto& note : notes) {
    const auto [pitch, step, end_step] = grid_.place(note);
    if (step > strike_step_) {
      write_strikes();
      strike_step_ = step;
    }
    strike(static_cast<std::size_t>(pitch), note, end_step);
  }
}

void GridMusic::finish() {
  write_strikes();
  while (!sounding_.empty()) write_step(next_end_, {});
}

void GridMusic::strike(std::size_t pitch, const events::PlainNote& note, std::int64_t end_step) {
  const bool again = strikes_.contains(static_cast<int>(pitch));
  const bool is_melody = note.part == kMelodyPart;
  strike_velocity_[pitch] =
      again ? std::max(strike_velocity_[pitch], note.velocity) : note.velocity;
  strike_end_[pitch] = again ? std::max(strike_end_[pitch], end_step) : end_step;
  strike_melody_[pitch] = is_melody || (again && strike_melody_[pitch]);
  strikes_.insert(static_cast<int>(pitch));
}

void GridMusic::write_strikes() {
  while (next_end_ < strike_step_) write_step(next_end_, {});
  write_step(strike_step_, strikes_);
  strikes_.clear();
}

void GridMusic::write_step(std::int64_t step, const PitchSet& strikes) {
  PNO_CHECK(step <= std::numeric_limits<std::int32_t>::max(), "a crop of years");
  const bool has_ends = next_end_ <= step || sounding_.meets(strikes);
  for (const bool of_melody : {true, false}) {
    if (of_melody && !options_.melody_is_given) continue;
    if (has_ends) end_notes(step, strikes, of_melody);
    if (!strikes.empty()) begin_notes(step, strikes, of_melody);
  }
  if (!has_ends) return;
  next_end_ = kNever;
  sounding_.for_each([&](int pitch) {
    next_end_ = std::min(next_end_, end_step_[static_cast<std::size_t>(pitch)]);
  });
}

void GridMusic::end_notes(std::int64_t step, const PitchSet& strikes, bool of_melody) {
  sounding_.for_each([&](int pitch) {
    const auto p = static_cast<std::size_t>(pitch);
    if (!is_in_group(is_melody_[p], of_melody)) return;
    if (end_step_[p] > step && !strikes.contains(pitch)) return;
    into_.push_back({.step = static_cast<std::int32_t>(step),
                     .pitch = static_cast<std::uint8_t>(pitch),
                     .is_melody = is_melody_[p]});
    sounding_.erase(pitch);
  });
}

// A given note that is struck where a played one sounds has ended it: the played one's NOTE_OFF
// would come after it in the step, and is left out, because the note has ended already.
void GridMusic::begin_notes(std::int64_t step, const PitchSet& strikes, bool of_melody) {
  strikes.for_each([&](int pitch) {
    const auto p = static_cast<std::size_t>(pitch);
    if (!is_in_group(strike_melody_[p], of_melody)) return;
    into_.push_back({.step = static_cast<std::int32_t>(step),
                     .pitch = static_cast<std::uint8_t>(pitch),
                     .velocity = strike_velocity_[p],
                     .is_on = true,
                     .is_melody = strike_melody_[p]});
    sounding_.insert(pitch);
    end_step_[p] = strike_end_[p];
    is_melody_[p] = strike_melody_[p];
    next_end_ = std::min(next_end_, end_step_[p]);
  });
}

}  // namespace pno::corpus
