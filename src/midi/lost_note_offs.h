#pragma once

// Keys of which the NOTE_OFF is lost.

#include <span>

#include "midi/song_events.h"

namespace pno::midi {

// `presses` are those of one track, in their order, paired with NOTE_OFFs first-in-first-out. A
// press without a NOTE_OFF has has_end unset. If a NOTE_OFF is lost, that pairing is wrong for all
// later presses of the pitch: each has the NOTE_OFF of the press before it. So the presses of a
// pitch that has too few NOTE_OFFs are paired again:
// - Each NOTE_OFF is given to the last press before it that is still held. The presses that remain
//   have lost their ends: their keys stay down while the pitch is struck and released again.
// - The others are paired with the NOTE_OFFs first-in-first-out.
// has_end is then unset for the presses with lost ends. Their end_tick is a guess: the next strike
// of their pitch on their line, or the next All Notes Off of it, whichever is first; kNoTick if
// there is neither.
void recover_lost_note_offs(std::span<KeyPress> presses, std::span<const AllNotesOff> all_off);

}  // namespace pno::midi
