#pragma once

// Files that were damaged, or written by programs with a fault, as they are found in collections.

#include <vector>

#include "defects.h"

namespace pno::midi {

// Chunks and their lengths, bytes that do not belong, ends of tracks.
std::vector<Defect> damaged_chunks();

// Late ends, keys and pedals that are open at the end, lost note-offs, resets, ports, drum banks.
std::vector<Defect> damaged_music();

}  // namespace pno::midi
