#pragma once

// Standard MIDI File writing: a performance to the bytes of a type 0 file.
// Reading the result gives the same performance, to the microsecond.

#include <cstddef>
#include <string>
#include <vector>

#include "midi/performance.h"

namespace pno::midi {

struct WriteOptions {
  std::string title{};      // track name; none where empty
  std::string text{};       // a text event: how the music came to be; none where empty
  std::string copyright{};  // licence of what it derives from; none where empty
};

// Ticks are a millisecond where every time is a multiple of it, else a microsecond.
// Keys are released after key_length_us; pedals are written as CC64 and CC66. Every channel that is
// used gets program 0. Channel 9 must not be: readers take its notes for drums.
// The lengths read are those that keys and pedals make: length_us itself is not written.
std::vector<std::byte> write_smf(const Performance& performance, const WriteOptions& options = {});

}  // namespace pno::midi
