#include "infer/role_writer.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/error.h"

namespace pno::infer {

using events::Kind;
using events::Role;
using events::Token;

std::int64_t nearest_step(std::int64_t time_us, std::int64_t origin_us,
                          const events::Vocabulary& vocabulary) {
  const double steps = static_cast<double>(time_us - origin_us) / vocabulary.step_us();
  return static_cast<std::int64_t>(std::floor(steps + 0.5));
}

std::vector<StepEvent> step_events(std::vector<StepNote> notes,
                                   const events::Vocabulary& vocabulary) {
  std::ranges::sort(notes, {}, [](const StepNote& note) {
    return std::tuple(note.pitch, note.start_step, note.end_step);
  });
  std::vector<StepEvent> events;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    StepNote note = notes[i];
    const auto is_same = [&](std::size_t k) {
      return k < notes.size() && notes[k].pitch == note.pitch;
    };
    for (; is_same(i + 1) && notes[i + 1].start_step == note.start_step; ++i) {
      note.end_step = std::max(note.end_step, notes[i + 1].end_step);
      note.velocity = std::max(note.velocity, notes[i + 1].velocity);
    }
    auto end = std::max(note.end_step, note.start_step + 1);
    if (is_same(i + 1)) end = std::min(end, notes[i + 1].start_step);
    const auto bin = static_cast<std::int8_t>(vocabulary.velocity_bin(note.velocity));
    events.push_back({note.start_step, note.pitch, bin});
    events.push_back({end, note.pitch, /*bin=*/-1});
  }
  std::ranges::sort(events, {}, [](const StepEvent& event) {
    return std::tuple(event.step, event.is_on(), event.pitch);
  });
  return events;
}

events::PitchSet sounding_before(std::span<const StepEvent> events, std::size_t end) {
  events::PitchSet sounding;
  for (const auto& event : events.first(end)) {
    if (event.is_on()) {
      sounding.insert(event.pitch);
    } else {
      sounding.erase(event.pitch);
    }
  }
  return sounding;
}

void RoleWriter::clear_tokens() {
  tokens_.clear();
  roles_.clear();
}

void RoleWriter::write(Token token, Role role) {
  tokens_.push_back(token);
  roles_.push_back(role);
}

void RoleWriter::put(Kind kind, Role role) {
  write(vocabulary_.token({kind, 0}), role);
}

void RoleWriter::put_first(Kind kind) {
  tokens_.insert(tokens_.begin(), vocabulary_.token({kind, 0}));
  roles_.insert(roles_.begin(), Role::played);
}

void RoleWriter::put_played(std::span<const Token> tokens) {
  for (const Token token : tokens) write(token, Role::played);
}

void RoleWriter::put_shifts(std::int64_t steps, Role role) {
  const int longest = vocabulary_.max_shift_steps;
  for (; steps > longest; steps -= longest) write(vocabulary_.time_shift(longest), role);
  if (steps > 0) write(vocabulary_.time_shift(static_cast<int>(steps)), role);
}

void RoleWriter::shift_to(std::int64_t step, Role role) {
  PNO_CHECK(step >= now_, "events that are not in order");
  put_shifts(step - now_, role);
  now_ = step;
}

void RoleWriter::put_note(const StepEvent& event, Role role) {
  if (!event.is_on()) return write(vocabulary_.note_off(event.pitch), role);
  int& last = bins_.at(static_cast<std::size_t>(role));
  if (event.bin != last) write(vocabulary_.velocity(event.bin), role);
  last = event.bin;
  put_pitch(event.pitch, role);
}

void RoleWriter::put_pitch(int pitch, Role role) {
  write(vocabulary_.note_on(pitch), role);
}

}  // namespace pno::infer
