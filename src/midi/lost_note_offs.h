#pragma once

// Keys of which the NOTE_OFF is lost.

#include <span>

#include "midi/song_events.h"

namespace pno::midi {

// The presses of one track, in their order, paired with NOTE_OFFs first-in-first-out; a press that
// got none has has_end unset. After a lost NOTE_OFF that pairing gives each later one to the note
// before. So the presses of a pitch that has too few ends are paired again:
// - The lost ends are those of the presses that remain if each NOTE_OFF is given to the last press
//   before it that is still held: the keys that stay down, however often the pitch is struck and
//   released above them.
// - The others are paired with the NOTE_OFFs first-in-first-out.
// has_end is then unset for the presses with lost ends. Their end_tick is a guess: the next strike
// of their pitch on their line, or the next All Notes Off of it, the earlier of both; kNoTick if
// there is neither.
void recover_lost_note_offs(std::span<KeyPress> presses, std::span<const AllNotesOff> all_off);

}  // namespace pno::midi
