#pragma once

// Notes of a performance to events, as docs/design.md section 2 defines them. Times are rounded to
// the nearest step from the start of the piece, a half rounds up. In each step come NOTE_OFFs by
// pitch, then NOTE_ONs by pitch, with a VELOCITY only if the bin changes. Time passes in maximal
// TIME_SHIFTs, then the remainder.
//
// Conflicts on the grid: a note lasts at least one step. It ends if its pitch is struck again,
// NOTE_OFF before NOTE_ON in that step. Notes of one pitch that begin in one step become one note,
// as loud as the loudest and as long as the longest. So every list of notes sorted by (start,
// pitch) can be encoded, even if notes of a pitch overlap.

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "events/note_grid.h"
#include "events/pitch_set.h"
#include "events/plain_note.h"
#include "events/vocabulary.h"
#include "midi/performance.h"

namespace pno::events {

struct EncodeOptions {
  int transpose = 0;                  // semitones; all pitches must stay within 0..127
  double stretch = 1.0;               // factor on all times, before rounding
  bool bos = true, eos = true;        // write BOS first, EOS last
  std::size_t max_tokens = SIZE_MAX;  // stop after this many
};

// Appends the events of `notes`, which are sorted by (start, pitch), none before time 0. With
// bos == false, `notes` are a crop: its time 0 is the start of its first note, so that a crop never
// starts with silence.
void encode(std::span<const PlainNote> notes, const Vocabulary& vocabulary,
            const EncodeOptions& options, std::vector<Token>& into);

std::vector<Token> encode(std::span<const PlainNote> notes, const Vocabulary& vocabulary,
                          const EncodeOptions& options = {});

// encode() for notes that arrive in portions.
class Encoder {
 public:
  // Appends to `into`, which must outlive this.
  Encoder(const Vocabulary& vocabulary, const EncodeOptions& options, std::vector<Token>& into);

  // Adds the next notes of the piece. Returns false if max_tokens are written.
  bool add(std::span<const PlainNote> notes);

  // Ends the piece: NOTE_OFFs of sounding notes, then EOS.
  void finish();

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  void strike(int pitch, std::uint8_t velocity, std::int64_t end_step);
  void write_strikes();
  void end_notes(std::int64_t step, const PitchSet& restruck);
  void shift_to(std::int64_t step);
  bool enough() const;  // true if max_tokens are written
  bool full();          // the same; removes tokens beyond max_tokens

  Vocabulary vocabulary_;
  EncodeOptions options_;
  std::vector<Token>& into_;
  std::size_t written_before_;
  NoteGrid grid_;
  std::int64_t now_ = 0;  // step of the last event
  int bin_ = -1;          // of the last VELOCITY

  // Notes that begin at strike_step_, buffered until all notes of that step are known.
  std::int64_t strike_step_ = 0;
  PitchSet strikes_;
  std::array<std::uint8_t, 128> strike_velocity_{};
  std::array<std::int64_t, 128> strike_end_{};

  PitchSet sounding_;
  std::array<std::int64_t, 128> end_step_{};  // of sounding pitches
  std::int64_t next_end_ = kNever;            // the earliest of them
};

// The sounding notes of a performance.
std::vector<PlainNote> plain_notes(const midi::Performance& performance);

}  // namespace pno::events
