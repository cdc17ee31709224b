#pragma once

// The parts of a piece, which are its tracks: separate as in a dataset file, or merged as one piano
// plays them.

#include <string>
#include <vector>

#include "corpus/piece.h"
#include "midi/performance.h"

namespace pno::corpus {

struct PartNotes {
  std::vector<events::PlainNote> notes;  // sorted by (start, pitch, part)
  std::vector<std::string> names;        // of the parts; empty if there is only one
};

// Each track with notes is a part, by the name of its track or "track 3" (from 1). A performance
// with one such track has no parts, nor has one with more than kMaxParts. `performance` is as read
// with ReadOptions::merge_tracks off.
PartNotes parts_of(const midi::Performance& performance);

// Whether a row, not the first, has the start and the pitch of the row before it: merged, they are
// one note.
bool strikes_with_row_before(const NoteColumns& rows, std::size_t row);

// The first `count` notes from `row` on as one part, a piano's strings: a note ends when its pitch
// is struck again; of two struck at one time the longer stays, with the greater velocity.
void merge_parts(const NoteColumns& rows, std::size_t row, std::size_t count,
                 std::vector<events::PlainNote>& into);

// The same for all of them.
std::vector<events::PlainNote> merge_parts(std::span<const events::PlainNote> notes);

}  // namespace pno::corpus
