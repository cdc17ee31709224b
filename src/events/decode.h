#pragma once

// Events back to a performance. Decoding does not fail: what makes no sense is mended and counted.

#include <cstdint>
#include <span>
#include <vector>

#include "events/vocabulary.h"
#include "midi/performance.h"

namespace pno::events {

// The mends of decoding, counted; all zero for what encode() makes.
struct Mended {
  std::int64_t stray_note_offs = 0;  // NOTE_OFF for a silent pitch; ignored
  std::int64_t restrikes = 0;        // NOTE_ON for a sounding pitch; ends and strikes it again
  std::int64_t unended_notes = 0;    // sounding at the end; closed there
  std::int64_t empty_notes = 0;      // ended at the step they began; given one step
  std::int64_t foreign_tokens = 0;   // ids beyond the vocabulary; ignored
  std::int64_t overlong_notes = 0;   // over 71 minutes, all that a Note can hold; cut there

  void add(const Mended& other);
  std::int64_t total() const {
    return stray_note_offs + restrikes + unended_notes + empty_notes + foreign_tokens +
           overlong_notes;
  }
};

struct Decoded {
  midi::Performance performance;  // no pedals: the lengths hold them
  Mended mended;
  std::int64_t length_us = 0;  // the sum of all shifts
};

// Events after EOS are not read; a BOS before it is ignored. Notes before the first VELOCITY get
// bin_velocity of the middle bin. Two NOTE_ONs of a pitch in one step are one note, as loud as the
// louder. The notes are sorted and never overlap, whatever the tokens.
Decoded decode(std::span<const Token> tokens, const Vocabulary& vocabulary);

// All pieces of a list of events, one after the other without a gap: another piece begins after an
// EOS, and at a BOS.
struct DecodedPieces {
  Decoded all;
  std::int64_t pieces = 0;  // those with notes
};
DecodedPieces decode_pieces(std::span<const Token> tokens, const Vocabulary& vocabulary);

}  // namespace pno::events
