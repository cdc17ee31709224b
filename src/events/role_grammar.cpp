#include "events/role_grammar.h"

#include <algorithm>
#include <array>
#include <bit>

namespace pno::events {

void RoleGrammar::read(Token token, Role role) noexcept {
  const Event event = vocabulary().event(token);
  switch (event.kind) {
    case Kind::infill:
      part_ = Part::gap_length;
      gap_left_ = 0;
      held_.clear();
      return;
    case Kind::prefix:
    case Kind::end:
      part_ = Part::music;
      return;
    case Kind::middle:
      part_ = Part::middle;
      grammar_.continue_after_cut();
      return;
    default:
      break;
  }
  if (!is_event(event.kind) || role == Role::announced) return;
  if (role == Role::future) return read_future(event);
  if (role == Role::given) {
    grammar_.read_given(token);
  } else {
    grammar_.read(token);
  }
  if (part_ == Part::middle && event.kind == Kind::time_shift) gap_left_ -= event.value;
}

void RoleGrammar::read_future(const Event& event) noexcept {
  if (part_ == Part::gap_length && event.kind == Kind::time_shift) {
    gap_left_ += event.value;
    if (event.value < vocabulary().max_shift_steps) part_ = Part::held_notes;
    return;
  }
  const bool may_be_held = part_ == Part::gap_length || part_ == Part::held_notes;
  const bool is_held = may_be_held && event.kind == Kind::note_on;
  if (is_held) held_.insert(event.value);
  part_ = is_held ? Part::held_notes : Part::future;
}

void RoleGrammar::allowed(std::span<std::uint64_t> mask) const noexcept {
  grammar_.allowed(mask);
  if (part_ != Part::middle) return;
  if (gap_left_ <= 0) return allow_at_end_of_gap(mask);
  const auto& v = vocabulary();
  mask_erase(mask, v.eos());
  for (auto steps = gap_left_ + 1; steps <= v.max_shift_steps; ++steps) {
    mask_erase(mask, v.time_shift(static_cast<int>(steps)));
  }
}

Fault RoleGrammar::fault_of(Token token) const noexcept {
  if (part_ != Part::middle) return grammar_.fault_of(token);
  const Event event = vocabulary().event(token);
  if (gap_left_ > 0) {
    if (event.kind == Kind::eos || event.kind == Kind::end) return Fault::gap;
    if (event.kind == Kind::time_shift && event.value > gap_left_) return Fault::gap;
    return grammar_.fault_of(token);
  }
  const int lowest = lowest_to_end();
  if (event.kind == Kind::end) return lowest == Grammar::kPitches ? Fault::none : Fault::gap;
  if (event.kind != Kind::note_off || event.value > lowest) return Fault::gap;
  return grammar_.fault_of(token);
}

int RoleGrammar::lowest_to_end() const noexcept {
  int lowest = Grammar::kPitches;
  for (int word = 1; word >= 0; --word) {
    const auto w = static_cast<std::size_t>(word);
    const auto must_end =
        grammar_.sounding().words()[w] & ~grammar_.given().words()[w] & ~held_.words()[w];
    if (must_end != 0) lowest = word * 64 + std::countr_zero(must_end);
  }
  return lowest;
}

// The NOTE_OFFs that the grammar allows, up to the lowest note that must end: those above it could
// not be followed by its own.
void RoleGrammar::allow_at_end_of_gap(std::span<std::uint64_t> mask) const noexcept {
  const auto& v = vocabulary();
  const auto offs = std::array{mask[2], mask[3]};
  std::fill_n(mask.begin(), mask_words(v.outputs()), std::uint64_t{0});
  const int lowest = lowest_to_end();
  for (int pitch = 0; pitch <= std::min(lowest, Grammar::kPitches - 1); ++pitch) {
    const auto p = static_cast<unsigned>(pitch);
    if (((offs[p / 64] >> (p % 64)) & 1) != 0) mask_insert(mask, v.note_off(pitch));
  }
  if (lowest == Grammar::kPitches) mask_insert(mask, v.end());
}

}  // namespace pno::events
