#pragma once

// Small music for the tests of features, written as lists.

#include <cmath>
#include <utility>
#include <vector>

#include "eval/excerpt.h"

namespace pno::eval {

struct TestNote {
  double start_s = 0;
  int pitch = 60;
  double length_s = 0.1;
  int velocity = 64;
};

inline std::vector<events::PlainNote> notes_at(const std::vector<TestNote>& list) {
  std::vector<events::PlainNote> notes;
  for (const auto& note : list) {
    notes.push_back({.start_us = std::llround(note.start_s * 1e6),
                     .length_us = static_cast<std::uint32_t>(std::llround(note.length_s * 1e6)),
                     .pitch = static_cast<std::uint8_t>(note.pitch),
                     .velocity = static_cast<std::uint8_t>(note.velocity)});
  }
  return notes;
}

// Eight notes a second.
inline std::vector<events::PlainNote> melody(const std::vector<int>& pitches) {
  std::vector<TestNote> list;
  for (const int pitch : pitches) {
    list.push_back({.start_s = static_cast<double>(list.size()) / 8, .pitch = pitch});
  }
  return notes_at(list);
}

inline Excerpt excerpt(std::vector<events::PlainNote> notes, double seconds) {
  return {.notes = std::move(notes), .length_us = std::llround(seconds * 1e6)};
}

}  // namespace pno::eval
