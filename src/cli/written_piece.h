#pragma once

// A generated piece as the bytes of a MIDI file: its new notes, behind the file of the prime if
// there is one.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/arrange.h"
#include "cli/prime.h"
#include "events/decode.h"
#include "events/vocabulary.h"
#include "midi/smf_writer.h"

namespace pno::cli {

struct PieceToWrite {
  std::span<const events::Token> tokens;  // those of the prime first
  const events::Vocabulary* vocabulary = nullptr;
  const Prime* prime = nullptr;  // null: none
  bool without_prime = false;    // the new notes alone
  bool pedal = false;            // midi::pedal_common_ends() of the new notes
  ArrangeOptions arrange = {};
  std::string title = {}, text = {}, copyright = {};
};

struct WrittenPiece {
  std::vector<std::byte> bytes;
  std::size_t notes = 0;      // new ones, that were written
  std::int64_t left_out = 0;  // notes that the transposition moves outside 0..127
  double music_seconds = 0;   // new
  // In the file of the prime, where the new music begins; 0 without a prime.
  double offset_seconds = 0;
  events::Mended mended;
  std::string problem;  // why the file of the prime could not be continued; empty if it was
};

// With a prime, the result is midi::continue_smf() of its file. If the file cannot be continued,
// the result has the notes of prime and continuation alone, and `problem` says why.
WrittenPiece write_piece(const PieceToWrite& piece);

}  // namespace pno::cli
