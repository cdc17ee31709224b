#pragma once

// All triples of a training set, by key: the places at which they begin.

#include <span>

#include "base/error.h"
#include "corpus/dataset.h"
#include "eval/triples.h"

namespace pno::eval {

class TripleIndex {
 public:
  // Of the training split of the dataset, or of all its pieces if that is empty. Needs 17 bytes for
  // each note. Returns an error after an interrupt, or for 2^30 notes or more.
  static Expected<TripleIndex> build(const corpus::Dataset& dataset);

  // The notes of all pieces, one piece after the other.
  const OnsetColumns& onsets() const { return onsets_; }

  // Places in onsets() at which triples of the key begin, ascending.
  std::span<const std::uint32_t> places(TripleKey key) const {
    return std::span(places_).subspan(begins_[key], begins_[key + 1] - begins_[key]);
  }

  std::size_t triples() const { return places_.size(); }

  // The piece that a place is in, by its number among the indexed ones, and its bounds in onsets().
  std::size_t piece_at(std::size_t place) const;
  std::size_t begin_of(std::size_t piece) const { return piece_begins_[piece]; }
  std::size_t end_of(std::size_t piece) const { return piece_begins_[piece + 1]; }
  // The number of an indexed piece in the dataset.
  std::size_t number_of(std::size_t piece) const { return numbers_[piece]; }

 private:
  TripleIndex() = default;
  template <class Visit>
  void visit_triples(Visit&& visit) const;

  OnsetColumns onsets_;
  std::vector<std::size_t> piece_begins_;  // the end last
  std::vector<std::size_t> numbers_;
  std::vector<std::uint32_t> begins_;  // of the places of a key; the end last
  std::vector<std::uint32_t> places_;
};

}  // namespace pno::eval
