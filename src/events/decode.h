#pragma once

// Events to a performance. Decoding never fails: invalid events are mended and counted.

#include <cstdint>
#include <span>
#include <vector>

#include "events/vocabulary.h"
#include "midi/performance.h"

namespace pno::events {

// Counts of mended events; all zero for the output of encode().
struct Mended {
  std::int64_t stray_note_offs = 0;  // NOTE_OFF for a silent pitch; ignored
  std::int64_t restrikes = 0;        // NOTE_ON for a sounding pitch; the old note ends there
  std::int64_t unended_notes = 0;    // sounding at the end; end there
  std::int64_t empty_notes = 0;      // ended in the step of their NOTE_ON; last one step
  std::int64_t foreign_tokens = 0;   // ids beyond the vocabulary; ignored
  std::int64_t overlong_notes = 0;   // over 71 minutes, the longest Note; cut there

  void add(const Mended& other);
  std::int64_t total() const {
    return stray_note_offs + restrikes + unended_notes + empty_notes + foreign_tokens +
           overlong_notes;
  }
};

struct Decoded {
  midi::Performance performance;  // without pedals; the lengths include them
  Mended mended;
  std::int64_t length_us = 0;  // sum of all TIME_SHIFTs
};

// Events after EOS are not read; BOS and ids after the events are ignored. Notes before the first
// VELOCITY have the velocity of the middle bin. Two NOTE_ONs of a pitch in one step become one note
// with the greater velocity. For any tokens, the notes are sorted and notes of one pitch do not
// overlap.
Decoded decode(std::span<const Token> tokens, const Vocabulary& vocabulary);

// All pieces of a list of events, one after the other without a gap: another piece begins after an
// EOS, and at a BOS.
struct DecodedPieces {
  Decoded all;
  std::int64_t pieces = 0;  // those with notes
};
DecodedPieces decode_pieces(std::span<const Token> tokens, const Vocabulary& vocabulary);

}  // namespace pno::events
