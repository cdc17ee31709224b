#pragma once

// The longest passage that music shares with the training set.

#include "eval/triple_index.h"

namespace pno::eval {

// Successive notes whose pitches are those of the source, all transposed by one interval, in one
// tempo: each time between two notes is that of the source times the tempo, to within 40 ms and
// 30 %. The tempo is followed over the passage, from half to twice that of the source.
struct CopiedPassage {
  std::size_t notes = 0;  // 0: none was found
  double from_s = 0, seconds = 0;
  std::size_t piece = 0;  // the source, of the dataset
  double piece_from_s = 0, piece_seconds = 0;
  int transposition = 0;  // semitones from the source to the music
  double tempo = 1;       // of the music; 2 is twice as fast as the source
};

// Passages with fewer than four different pitches are not looked for: trills, tremolos and repeated
// notes are in all music.
inline constexpr std::size_t kFewestCopiedPitches = 4;

// The one with most notes; of several the first.
CopiedPassage longest_copied_passage(const OnsetColumns& music, const TripleIndex& training);

}  // namespace pno::eval
