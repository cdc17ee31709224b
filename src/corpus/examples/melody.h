#pragma once

// The melody of a piece with accompaniment: the part that is named so, or notes that are chosen by
// their pitch.

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "corpus/dataset.h"
#include "events/encode.h"

namespace pno::corpus {

enum class MelodyChoice : std::uint8_t {
  part,     // the part that is named melody
  skyline,  // the highest note of each chord, unless a higher note of the melody sounds on
  split,    // all notes from a random pitch up
  in_range  // all notes of a random range of an octave to three, high or low
};

// Notes that begin within this time are one chord.
inline constexpr std::int64_t kChordUs = 30'000;
// A note below a melody note that began less than this before, and still sounds, accompanies it.
inline constexpr std::int64_t kMelodyHoldsUs = 400'000;

// The index of the first part whose name contains "melody" in any letters, -1 without one.
int melody_part(const PieceInfo& info);

// Marks a choice of melody in consecutive notes of a piece's music, sorted by (start, pitch): sets
// `part` to kMelodyPart (grid_music.h) or 0. `part` is chosen if the piece has one, else one of the
// others at random, and `skyline` in place of a choice that has under 2 % or over 70 % of the
// notes. Returns the choice.
MelodyChoice mark_melody(const Dataset& dataset, std::size_t piece, RandomStream& random,
                         std::vector<events::PlainNote>& notes);

// The single ways.
void mark_part(const NoteColumns& rows, std::uint8_t part, std::vector<events::PlainNote>& notes);
void mark_skyline(std::vector<events::PlainNote>& notes);
void mark_pitches(int lowest, int highest, std::vector<events::PlainNote>& notes);

}  // namespace pno::corpus
