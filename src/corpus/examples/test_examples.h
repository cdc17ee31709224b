#pragma once

// Examples as tests read them.

#include <cstdint>
#include <span>
#include <vector>

#include "corpus/dataset.h"
#include "corpus/examples/example.h"
#include "corpus/examples/example_crop.h"
#include "events/encode.h"

namespace pno::corpus {

// A dataset from memory, by way of a file.
Dataset dataset_of(std::span<const Piece> pieces);
Piece piece_of(std::vector<events::PlainNote> notes, PieceInfo info = {});
// `count` random pieces of `notes` notes with pitches from 10 to 110, by Chopin, of the kind
// `disklavier`.
std::vector<Piece> random_pieces(std::size_t count, std::size_t notes);

// True if token i exists and has this kind and role.
bool has(const Example& example, std::size_t i, events::Kind kind, events::Role role);

// A NOTE_ON or NOTE_OFF with its time.
struct TimedNote {
  std::int64_t step = 0;
  int pitch = 0;
  int bin = -1;  // of a NOTE_ON
  bool is_on = false;

  bool operator==(const TimedNote&) const = default;
};
// The notes with one of two roles among tokens [first, end) of an example, timed by the TIME_SHIFTs
// of these roles, VELOCITY remembered for each.
struct RolePair {
  events::Role one, other;
};
std::vector<TimedNote> timed_notes(const Example& example, RolePair roles, std::size_t first,
                                   std::size_t end, std::int64_t start_step = 0);
// The same for all events of a crop.
std::vector<TimedNote> timed_notes(std::span<const GridEvent> events);

}  // namespace pno::corpus
