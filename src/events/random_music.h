#pragma once

// Random music for tests and benchmarks: notes as in a performance, and tokens as encode() writes
// them.

#include <cstdint>
#include <vector>

#include "events/encode.h"
#include "events/vocabulary.h"

namespace pno::events {

// About `count` notes, sorted by (start, pitch), no two of a pitch overlapping: chords, runs,
// rests, repeated notes, notes from a microsecond to seconds long.
std::vector<PlainNote> random_notes(std::uint64_t seed, std::size_t count);

struct CanonicalOptions {
  int moments = 100;  // steps with events
  bool crop = false;  // without BOS and EOS, first event at step 0
};

// Tokens t for which encode(decode(t)) == t, from a random walk through their grammar:
//
//   t      = BOS moments EOS, or moments (a crop)
//   moment = shifts offs ons, with offs or ons; a crop's first has no shifts
//   shifts = maximal TIME_SHIFTs, then the remainder; at least one step (none before a moment at 0)
//   offs   = NOTE_OFFs of sounding pitches, ascending
//   ons    = NOTE_ONs of pitches silent after the offs, ascending, each after a VELOCITY if and
//            only if its bin differs from that of the last NOTE_ON; the first always has one
//
// No note sounds at the end. No note lasts over 71 minutes. No VELOCITY has a bin without a
// velocity: with more than 64 bins that is the last one.
std::vector<Token> random_canonical(std::uint64_t seed, const Vocabulary& vocabulary,
                                    const CanonicalOptions& options = {});

}  // namespace pno::events
