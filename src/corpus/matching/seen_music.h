#pragma once

// Music that is trained on and evaluated on: which pieces of an evaluation split are the same music
// as a training piece, though they may come from another dataset.

#include <span>
#include <string>
#include <vector>

#include "corpus/dataset.h"
#include "corpus/matching/overlap.h"

namespace pno::corpus {

// The onsets of a piece; all pieces of a dataset; those of a split. Valid as long as the dataset.
PieceOnsets onsets_of(const Dataset& dataset, std::size_t piece);
MusicList music_of(const Dataset& dataset);
MusicList music_of(const Dataset& dataset, Split split);

// "Frédéric Chopin: Ballade No. 1"; the source file if the title is unknown.
std::string piece_name(const PieceInfo& info);

// A piece that is evaluated on, and the training piece that it shares most with.
struct SeenPiece {
  std::string name;           // piece_name()
  std::string training_name;  // of the training piece
  double share = 0;
};

// In the order of the evaluation pieces, each once. Returns an error if interrupted.
Expected<std::vector<SeenPiece>> find_seen_music(std::span<const Dataset* const> training,
                                                 const Dataset& evaluation, Split split,
                                                 int threads);

// "2 of 137 validation pieces of d.notes are music that the model is trained on: …"; empty if none
// is. Names a few of them.
std::string seen_music_warning(std::span<const SeenPiece> seen, const Dataset& evaluation,
                               Split split);

}  // namespace pno::corpus
