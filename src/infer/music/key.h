#pragma once

// Musical keys, and how well a pitch fits a key.

#include <array>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pno::infer {

struct Key {
  int tonic = 0;  // pitch class, 0 = C … 11 = B
  bool minor = false;

  bool operator==(const Key&) const = default;
};

// Parses "C", "F#", "Bb", "am", "C#m", "c# minor", "E flat major", in upper or lower case.
Expected<Key> parse_key(std::string_view text);

// "C", "C#m": always with sharps.
std::string key_name(const Key& key);

// 0 for a pitch of the tonic triad, 1/4 for the rest of the scale, 1/2 for the raised sixth and
// seventh of harmonic and melodic minor, 1 for a pitch outside the key.
double foreignness(const Key& key, int pitch);

}  // namespace pno::infer
