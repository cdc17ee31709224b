#pragma once

// Musical keys, and how well each pitch fits one.

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

// "C", "F#", "Bb", "am", "C#m", "c# minor", "E flat major", in any case of letters.
Expected<Key> parse_key(std::string_view text);

// "C", "C#m": sharps throughout.
std::string key_name(const Key& key);

// 0 for a pitch of the tonic triad to 1 for one that is foreign to the key: 1/4 for the rest of the
// scale, 1/2 for the raised sixth and seventh of minor, which its harmonic and melodic forms have.
double foreignness(const Key& key, int pitch);

}  // namespace pno::infer
