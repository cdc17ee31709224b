#pragma once

// Which instruments of a file count as piano.

#include <span>

#include "midi/oddities.h"
#include "midi/read_options.h"
#include "midi/track_events.h"

namespace pno::midi {

// Takes out of the songs of one file what `programs` does not want: the notes of other
// instruments, and the pedals of channels of which no note stays. Program changes are sorted.
void choose_programs(Programs programs, std::span<SongEvents> songs, Oddities& oddities);

}  // namespace pno::midi
