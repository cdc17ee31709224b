#pragma once

// The role of a token: whose music it is, and when it sounds (docs/design.md section 2, "Roles and
// controls"). A model with roles adds a vector for each to the embedding, zero for `played`.

#include <array>
#include <cstdint>

namespace pno::events {

// Model files hold these ids: they never change.
enum class Role : std::uint8_t {
  played,  // what the model plays, and all music that it continues; also BOS, controls, structure
  given,   // what another player plays at the same time
  announced,  // a melody note to come: NOTE_ON, then TIME_SHIFT for the time until its onset
  future      // the passage after a gap, and the length of the gap
};
constexpr auto enum_names(Role) {
  return std::array{"played", "given", "announced", "future"};
}
inline constexpr int kRoles = 4;

// An announced note stands at most this long before its onset; its TIME_SHIFT counts units of this
// many microseconds.
inline constexpr int kAnnouncedUs = 2'000'000;
inline constexpr int kAnnouncedUnitUs = 20'000;

}  // namespace pno::events
