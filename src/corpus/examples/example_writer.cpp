#include "corpus/examples/example_writer.h"

#include "base/error.h"

namespace pno::corpus {

using events::Kind;
using events::Role;
using events::Token;

ExampleWriter::ExampleWriter(const events::Vocabulary& vocabulary, std::size_t limit, Example& into)
    : vocabulary_(vocabulary), limit_(limit), into_(into) {
  bins_.fill(-1);
}

void ExampleWriter::write(Token token, Role role, bool may_be_target) {
  if (is_full()) return;
  const bool is_target = may_be_target && role == Role::played && size() > 0;
  into_.tokens.push_back(token);
  into_.roles.push_back(role);
  into_.targets.push_back(is_target ? 1 : 0);
}

void ExampleWriter::put(Kind kind, Role role) {
  write(vocabulary_.token({kind, 0}), role, kind == Kind::eos || kind == Kind::end);
}

void ExampleWriter::put_controls(const ControlValues& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0) continue;
    write(vocabulary_.token({events::kControlOrder[i], values[i]}), Role::played,
          /*may_be_target=*/false);
  }
}

void ExampleWriter::put_shifts(std::int64_t steps, Role role) {
  const int longest = vocabulary_.max_shift_steps;
  for (; steps > longest && !is_full(); steps -= longest) {
    write(vocabulary_.time_shift(longest), role, /*may_be_target=*/true);
  }
  if (steps > 0 && !is_full()) {
    write(vocabulary_.time_shift(static_cast<int>(steps)), role, /*may_be_target=*/true);
  }
}

void ExampleWriter::shift_to(std::int64_t step, Role role) {
  PNO_CHECK(step >= now_, "events that are not in order");
  put_shifts(step - now_, role);
  now_ = step;
}

void ExampleWriter::put_note(const GridEvent& event, Role role) {
  if (!event.is_on) {
    write(vocabulary_.note_off(event.pitch), role, /*may_be_target=*/true);
    return;
  }
  int& last = bins_[static_cast<std::size_t>(role)];
  const int bin = vocabulary_.velocity_bin(event.velocity);
  if (bin != last) write(vocabulary_.velocity(bin), role, /*may_be_target=*/true);
  last = bin;
  put_pitch(event.pitch, role);
}

void ExampleWriter::put_pitch(int pitch, Role role) {
  write(vocabulary_.note_on(pitch), role, /*may_be_target=*/true);
}

void ExampleWriter::append(const Example& other) {
  for (std::size_t i = 0; i < other.tokens.size(); ++i) {
    write(other.tokens[i], other.roles[i], other.targets[i] != 0);
  }
}

}  // namespace pno::corpus
