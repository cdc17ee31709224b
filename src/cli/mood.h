#pragma once

// Moods of pno generate: names for sets of flags of sampling and controls.

#include <array>
#include <cstdint>
#include <string>

#include "base/fields.h"

namespace pno::cli {

enum class Mood : std::uint8_t { none, calm, free, dense };
constexpr auto enum_names(Mood) {
  return std::array{"none", "calm", "free", "dense"};
}

// The flags that a mood sets, by field name, with their values as text.
TextFields mood_fields(Mood mood);

// The moods and their flags for --help: "calm: --density 4 …; …".
std::string mood_help();

// Sets the fields of a mood in `given`, the texts of the command line, but not those that the
// command line has. Fields that `given` does not list are left out.
void apply_mood(Mood mood, TextFields& given);

}  // namespace pno::cli
