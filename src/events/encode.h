#pragma once

// A performance's notes to events. DESIGN.md section 2 is followed to the letter:
// times rounded to the nearest step from the start of the piece, NOTE_OFFs by pitch, then NOTE_ONs
// by pitch, VELOCITY only if the bin changes, maximal shifts then the remainder.
//
// On the grid a note lasts at least one step; it ends when its pitch is struck
// again, NOTE_OFF before NOTE_ON in that step; notes of one pitch that begin in one step are one,
// as loud as the loudest and as long as the longest. So every list of notes sorted by (start,
// pitch) has its events, even one whose notes of a pitch overlap. A half rounds up.

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "events/pitch_set.h"
#include "events/vocabulary.h"
#include "midi/performance.h"

namespace pno::events {

// A note as events need it, and the part it belongs to; 16 bytes.
struct PlainNote {
  std::int64_t start_us = 0;
  std::uint32_t length_us = 0;
  std::uint8_t pitch = 0;
  std::uint8_t velocity = 0;
  std::uint8_t part = 0;  // of a piece with parts (corpus/piece.h); events do not depend on it

  bool operator==(const PlainNote&) const = default;
};

struct EncodeOptions {
  int transpose = 0;     // semitones; a note that would leave 0..127 is an error of the caller
  double stretch = 1.0;  // times are multiplied by it before they are rounded
  bool bos = true, eos = true;        // whether the first and last token are BOS and EOS
  std::size_t max_tokens = SIZE_MAX;  // stop here, in the middle of the piece
};

// Appends the events of `notes`, sorted by (start, pitch), none before 0.
// Time 0 is the first note's start when `notes` is a crop (bos == false), so that a crop never
// opens with a silence; else it is the start of the piece.
void encode(std::span<const PlainNote> notes, const Vocabulary& vocabulary,
            const EncodeOptions& options, std::vector<Token>& into);

std::vector<Token> encode(std::span<const PlainNote> notes, const Vocabulary& vocabulary,
                          const EncodeOptions& options = {});

// The same for notes that come some at a time.
class Encoder {
 public:
  // Appends to `into`, which outlives it.
  Encoder(const Vocabulary& vocabulary, const EncodeOptions& options, std::vector<Token>& into);

  // The next notes of the piece. False once max_tokens are written: no more notes are needed.
  bool add(std::span<const PlainNote> notes);

  // The end of the piece: ends what sounds, then EOS.
  void finish();

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  std::int64_t step_of(std::int64_t time_us) const;
  void strike(int pitch, std::uint8_t velocity, std::int64_t end_step);
  void write_strikes();
  void end_notes(std::int64_t step, const PitchSet& restruck);
  void shift_to(std::int64_t step);
  bool enough() const;  // whether max_tokens are written
  bool full();          // the same, and none beyond them

  Vocabulary vocabulary_;
  EncodeOptions options_;
  std::vector<Token>& into_;
  std::size_t written_before_;
  double steps_per_million_us_;  // the grid, and the stretch folded in
  std::int64_t origin_us_ = -1;  // time 0; -1 until the first note of a crop sets it
  std::int64_t now_ = 0;         // the step that the events have reached
  int bin_ = -1;                 // of the last VELOCITY

  // Notes that begin at strike_step_: they wait until all of that step are known.
  std::int64_t strike_step_ = 0;
  PitchSet strikes_;
  std::array<std::uint8_t, 128> strike_velocity_{};
  std::array<std::int64_t, 128> strike_end_{};

  PitchSet sounding_;
  std::array<std::int64_t, 128> end_step_{};  // of the pitches that sound
  std::int64_t next_end_ = kNever;            // the least of them
};

// The sounding notes of a performance.
std::vector<PlainNote> plain_notes(const midi::Performance& performance);

}  // namespace pno::events
