#pragma once

// Measures how long an instrument takes from a NOTE_ON that is sent to the same NOTE_ON that comes
// back, by velocity: a Disklavier reports the keys that it moves, and a cable from out to in
// measures the way there and back.

#include "base/error.h"
#include "cli/instrument.h"
#include "cli/latency_file.h"

namespace pno::cli {

// Opens both ports of `flags`, and plays about 30 notes. Returns an error if fewer than half of the
// notes of a velocity come back.
Expected<Latency> calibrate(const InstrumentFlags& flags);

}  // namespace pno::cli
