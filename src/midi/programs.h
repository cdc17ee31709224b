#pragma once

// The instruments of a file that count as piano.

#include <span>

#include "midi/oddities.h"
#include "midi/read_options.h"
#include "midi/track_events.h"

namespace pno::midi {

// Removes from the songs of one file the notes of drum kits, the notes of other instruments that
// `programs` leaves out, and the pedals of lines of which no note stays. Program changes are
// sorted.
void choose_programs(Programs programs, std::span<SongEvents> songs, Oddities& oddities);

}  // namespace pno::midi
