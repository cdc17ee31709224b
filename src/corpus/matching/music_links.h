#pragma once

// Pieces that a dataset is made of, compared with each other: which are the same music, so that
// they stay in one split, and which are copies of one recording, so that one of them is enough.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "corpus/matching/overlap.h"
#include "corpus/splits.h"

namespace pno::corpus {

// Groups of numbers 0 … n-1, joined pair by pair (a disjoint-set forest).
class Groups {
 public:
  explicit Groups(std::size_t count);
  void join(std::size_t a, std::size_t b);
  // The smallest number of the group: the same for all of it.
  std::size_t first_of(std::size_t number);

 private:
  std::vector<std::size_t> parents_;
};

struct MusicLinks {
  Groups same_music;               // by the numbers of the pieces
  std::vector<MusicMatch> copies;  // pairs of copies of one recording (same_recording.h)
};

// `list` holds every number below its size. Returns an error only if interrupted.
Expected<MusicLinks> link_music(const MusicList& list, int threads);

// Gives questions of one group, and those of one key, the same key, so that choose_splits() keeps
// them together: the least key among them, or one of the least content if none has a key. A piece
// that is alone keeps its own.
void join_keys(std::span<SplitQuestion> questions, Groups& same_music);

// The properties that decide which of several copies stays.
struct CopyChoice {
  bool is_settled = false;  // in the dataset that is added to: stays in any case
  Split split = Split::train;
  int table = -1;          // that lists it; -1: none
  std::size_t source = 0;  // in the order in which the sources were named
};

struct LeftCopy {
  std::size_t piece = 0, kept = 0;  // left out; the copy that stays
  double share = 0;
};

// Of copies the first to stay are those that are settled, then those in a test or validation split,
// then those of the source named first, then those of a smaller number. A piece that one table
// lists beside the copy that stays is not left out.
std::vector<LeftCopy> choose_copies(std::span<const CopyChoice> pieces,
                                    std::span<const MusicMatch> copies);

}  // namespace pno::corpus
