#include "eval/triple_index.h"

#include <algorithm>

#include "base/interrupt.h"

namespace pno::eval {

// Calls visit(key, place) for all triples, by place.
template <class Visit>
void TripleIndex::visit_triples(Visit&& visit) const {
  for (std::size_t piece = 0; piece + 1 < piece_begins_.size(); ++piece) {
    const std::size_t end = piece_begins_[piece + 1];
    for (std::size_t place = piece_begins_[piece]; place < end; ++place) {
      for (std::size_t shape = 0; shape < kTripleShapes.size(); ++shape) {
        if (place + kTripleShapes[shape].third < end) {
          visit(triple_key(onsets_, place, shape), static_cast<std::uint32_t>(place));
        }
      }
    }
  }
}

Expected<TripleIndex> TripleIndex::build(const corpus::Dataset& dataset) {
  constexpr std::int64_t kMostNotes = std::int64_t{1} << 30;  // three triples each, 32 bits
  if (dataset.notes() >= kMostNotes) {
    return fail("{}: has {} notes; originality can be measured against {} at most", dataset.name(),
                dataset.notes(), kMostNotes - 1);
  }
  TripleIndex index;
  index.numbers_ = dataset.split(corpus::Split::train);
  if (index.numbers_.empty()) {
    for (std::size_t piece = 0; piece < dataset.pieces(); ++piece) index.numbers_.push_back(piece);
  }
  for (const auto piece : index.numbers_) {
    if (interrupted()) return fail_interrupted("interrupted while indexing the training set");
    index.piece_begins_.push_back(index.onsets_.size());
    append_onsets(dataset.music(piece), index.onsets_);
  }
  index.piece_begins_.push_back(index.onsets_.size());

  // A counting sort: sizes, then begins, then the places in order.
  index.begins_.assign((std::size_t{1} << kTripleBits) + 1, 0);
  index.visit_triples([&](TripleKey key, std::uint32_t) { ++index.begins_[key + 1]; });
  for (std::size_t key = 1; key < index.begins_.size(); ++key) {
    index.begins_[key] += index.begins_[key - 1];
  }
  index.places_.resize(index.begins_.back());
  auto next = index.begins_;
  index.visit_triples(
      [&](TripleKey key, std::uint32_t place) { index.places_[next[key]++] = place; });
  return index;
}

std::size_t TripleIndex::piece_at(std::size_t place) const {
  const auto after = std::upper_bound(piece_begins_.begin(), piece_begins_.end(), place);
  return static_cast<std::size_t>(after - piece_begins_.begin()) - 1;
}

}  // namespace pno::eval
