#include "picture/piano_keys.h"

#include <fmt/format.h>

#include <array>

namespace pno::picture {
namespace {

constexpr int kOctave = 12;
constexpr std::array kNames = {"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};

const char* name_in_octave(int pitch) {
  return kNames.at(static_cast<std::size_t>(pitch % kOctave));
}

}  // namespace

std::string pitch_name(int pitch) {
  return fmt::format("{}{}", name_in_octave(pitch), pitch / kOctave - 1);
}

bool is_black_key(int pitch) {
  return name_in_octave(pitch)[1] == '#';
}

}  // namespace pno::picture
