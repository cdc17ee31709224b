#include "events/vocabulary.h"

#include <algorithm>

namespace pno::events {
namespace {

constexpr int kPitches = 128;

struct Named {
  std::string_view name;
  Vocabulary vocabulary;
};
constexpr std::array kNamed = {Named{"performance", kPerformance}, Named{"pno-ai", kPnoAi}};

Expected<void> check_range(std::string_view field, int value, int greatest) {
  if (value >= 1 && value <= greatest) return {};
  return fail("{} is {}, where 1 to {} is allowed", field, value, greatest);
}

}  // namespace

// The largest vocabulary has 258 + 10000 + 127 ids, which fit a Token.
Expected<void> Vocabulary::validate() const {
  PNO_TRY_VOID(check_range("steps_per_second", steps_per_second, 1000));
  PNO_TRY_VOID(check_range("max_shift_steps", max_shift_steps, 10000));
  return check_range("velocity_bins", velocity_bins, 127);
}

Event Vocabulary::event(Token token) const {
  PNO_CHECK(token < size(), "a token beyond the vocabulary");
  const int shifts = 2 * kPitches, velocities = shifts + max_shift_steps;
  if (token < kPitches) return {Kind::note_on, token};
  if (token < shifts) return {Kind::note_off, token - kPitches};
  if (token < velocities) return {Kind::time_shift, token - shifts + 1};
  if (token < bos()) return {Kind::velocity, token - velocities};
  return {token == bos() ? Kind::bos : Kind::eos, 0};
}

Token Vocabulary::token(const Event& event) const {
  const auto check = [&](int least, int greatest) {
    PNO_CHECK(event.value >= least && event.value <= greatest, "an event beyond the vocabulary");
  };
  switch (event.kind) {
    case Kind::note_on:
      check(0, kPitches - 1);
      return note_on(event.value);
    case Kind::note_off:
      check(0, kPitches - 1);
      return note_off(event.value);
    case Kind::time_shift:
      check(1, max_shift_steps);
      return time_shift(event.value);
    case Kind::velocity:
      check(0, velocity_bins - 1);
      return velocity(event.value);
    case Kind::bos:
      check(0, 0);
      return bos();
    case Kind::eos:
      check(0, 0);
      return eos();
  }
  PNO_CHECK(false, "an event of no kind");
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
  for (const auto& named : kNamed) {
    if (named.vocabulary == vocabulary) return std::string(named.name);
  }
  return fmt::format("{} steps/s, shifts to {}, {} velocities", vocabulary.steps_per_second,
                     vocabulary.max_shift_steps, vocabulary.velocity_bins);
}

}  // namespace pno::events
