#pragma once

// Excerpts of real music to compare with: two sets that share no work, so that real music can be
// compared with real music, too.

#include <vector>

#include "base/error.h"
#include "corpus/dataset.h"
#include "eval/excerpt.h"

namespace pno::eval {

struct RealExcerpt {
  std::size_t piece = 0;     // of the dataset
  std::size_t work = 0;      // from 0 without gaps in its set; performances of one work share it
  std::int64_t from_us = 0;  // of the piece
  Excerpt excerpt;
};

struct RealChoice {
  corpus::Split split = corpus::Split::validation;
  double seconds = 30;      // of an excerpt
  std::size_t count = 100;  // excerpts in each set, at most
  std::uint64_t seed = 1;
};

struct RealSets {
  std::vector<RealExcerpt> reference;  // that all else is compared with
  std::vector<RealExcerpt> real;       // to be compared with it
};

// Draws the works of the split into two sets, and from the pieces of each in turn an excerpt that
// was not taken yet. A piece shorter than half an excerpt is left out. Works are told apart by
// composer and title, pieces without a title by themselves. Returns an error if a set would have
// fewer than two works.
Expected<RealSets> choose_real_excerpts(const corpus::Dataset& dataset, const RealChoice& choice);

}  // namespace pno::eval
