#pragma once

// Music by dice, for tests and benchmarks: notes as a performance may hold them, and tokens as
// encode() writes them.

#include <cstdint>
#include <vector>

#include "events/encode.h"
#include "events/vocabulary.h"

namespace pno::events {

// About `count` notes, sorted by (start, pitch), no two of a pitch overlapping: chords, runs,
// rests, repeated notes, notes from a microsecond to seconds long.
std::vector<PlainNote> random_notes(std::uint64_t seed, std::size_t count);

struct CanonicalOptions {
  int moments = 100;  // steps at which something happens
  bool crop = false;  // without BOS and EOS, its first event at step 0
};

// Tokens t for which encode(decode(t)) == t, by a walk through their grammar:
//
//   t      = BOS moments EOS, or moments (a crop)
//   moment = shifts offs ons, with offs or ons; a crop's first has no shifts
//   shifts = maximal TIME_SHIFTs, then the remainder; at least one step (none before a moment at 0)
//   offs   = NOTE_OFFs of sounding pitches, rising
//   ons    = NOTE_ONs of pitches silent after the offs, rising, each after a VELOCITY if and only
//            if its bin is another than the last NOTE_ON's; the first always has one
//
// At the end nothing sounds. No note lasts over 71 minutes. No VELOCITY names a bin without a
// velocity: with more than 64 bins that is the last one.
std::vector<Token> random_canonical(std::uint64_t seed, const Vocabulary& vocabulary,
                                    const CanonicalOptions& options = {});

}  // namespace pno::events
