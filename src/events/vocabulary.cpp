#include "events/vocabulary.h"

#include <algorithm>
#include <numeric>

namespace pno::events {
namespace {

constexpr int kPitches = 128;

struct Named {
  std::string_view name;
  Vocabulary vocabulary;
};
constexpr std::array kNamed = {Named{"performance", kPerformance}, Named{"pno-ai", kPnoAi}};

Expected<void> check_range(std::string_view field, int value, int least, int greatest) {
  if (value >= least && value <= greatest) return {};
  return fail("{} is {}, where {} to {} is allowed", field, value, least, greatest);
}

// The ids of the kinds after EOS, of which all models have the same number; END to POLYPHONY.
constexpr std::array kFixedValues = {1, 1, 1, 1, 4, 24, 8, 8, 6};
constexpr int kFixed = std::accumulate(kFixedValues.begin(), kFixedValues.end(), 0);
static_assert(kEventKinds + static_cast<int>(kFixedValues.size()) + 1 == kKinds);

int fixed_values(Kind kind) {
  return kFixedValues.at(static_cast<std::size_t>(kind) - kEventKinds);
}

}  // namespace

// The largest vocabulary has 258 + 10000 + 127 events and 1054 other ids, which fit a Token.
Expected<void> Vocabulary::validate() const {
  PNO_TRY_VOID(check_range("steps_per_second", steps_per_second, 1, 1000));
  PNO_TRY_VOID(check_range("max_shift_steps", max_shift_steps, 1, 10000));
  PNO_TRY_VOID(check_range("velocity_bins", velocity_bins, 1, 127));
  return has_roles ? check_range("composers", composers, 1, 1000)
                   : check_range("composers", composers, 0, 0);
}

int Vocabulary::inputs() const {
  return has_roles ? events() + kFixed + composers : events();
}

int Vocabulary::values(Kind kind) const {
  switch (kind) {
    case Kind::note_on:
    case Kind::note_off:
      return kPitches;
    case Kind::time_shift:
      return max_shift_steps;
    case Kind::velocity:
      return velocity_bins;
    case Kind::bos:
    case Kind::eos:
      return 1;
    case Kind::composer:
      return composers;
    default:
      return has_roles ? fixed_values(kind) : 0;
  }
}

Event Vocabulary::event(Token token) const {
  PNO_CHECK(token < inputs(), "a token beyond the vocabulary");
  const int shifts = 2 * kPitches, velocities = shifts + max_shift_steps;
  if (token < kPitches) return {Kind::note_on, token};
  if (token < shifts) return {Kind::note_off, token - kPitches};
  if (token < velocities) return {Kind::time_shift, token - shifts + 1};
  if (token < bos()) return {Kind::velocity, token - velocities};
  if (token <= eos()) return {token == bos() ? Kind::bos : Kind::eos, 0};
  int value = token - events();
  for (int kind = kEventKinds; kind < kKinds - 1; ++kind) {
    const int count = fixed_values(static_cast<Kind>(kind));
    if (value < count) return {static_cast<Kind>(kind), value};
    value -= count;
  }
  return {Kind::composer, value};
}

Token Vocabulary::token(const Event& event) const {
  const int value = event.value - least_value(event.kind);
  PNO_CHECK(value >= 0 && value < values(event.kind), "an event beyond the vocabulary");
  switch (event.kind) {
    case Kind::note_on:
      return note_on(event.value);
    case Kind::note_off:
      return note_off(event.value);
    case Kind::time_shift:
      return time_shift(event.value);
    case Kind::velocity:
      return velocity(event.value);
    case Kind::bos:
      return bos();
    case Kind::eos:
      return eos();
    default:
      break;
  }
  int first = events();
  for (int kind = kEventKinds; kind < static_cast<int>(event.kind); ++kind) {
    first += fixed_values(static_cast<Kind>(kind));
  }
  return static_cast<Token>(first + value);
}

int Vocabulary::bin_velocity(int bin) const {
  // v - 1 of a bin lies in [128 bin / bins, 128 (bin + 1) / bins), in integers:
  const int lowest = (128 * bin + velocity_bins - 1) / velocity_bins;
  const int highest = (128 * (bin + 1) + velocity_bins - 1) / velocity_bins - 1;
  return std::min(1 + (lowest + highest) / 2, 127);
}

Expected<Vocabulary> vocabulary_by_name(std::string_view name) {
  for (const auto& named : kNamed) {
    if (named.name == name) return named.vocabulary;
  }
  return fail("'{}' is not a vocabulary; choose {} or {}", name, kNamed[0].name, kNamed[1].name);
}

std::string vocabulary_name(const Vocabulary& vocabulary) {
  Vocabulary events = vocabulary;
  events.has_roles = false;
  events.composers = 0;
  const std::string_view plus = vocabulary.has_roles ? "+" : "";
  for (const auto& named : kNamed) {
    if (named.vocabulary == events) return fmt::format("{}{}", named.name, plus);
  }
  return fmt::format("{} steps/s, shifts to {}, {} velocities{}", vocabulary.steps_per_second,
                     vocabulary.max_shift_steps, vocabulary.velocity_bins, plus);
}

}  // namespace pno::events
