#pragma once

// Beam search: the most likely music instead of a random draw. It keeps the `width` most likely
// beginnings and extends all of them, one event at a time.

#include <cstdint>
#include <memory>

#include "infer/generate.h"

namespace pno::infer {

inline constexpr int kMaxBeamWidth = 64;

struct BeamResult {
  Generated generated;
  double log_probability = 0;  // nats: the sum over the events after the prime, each relative to
                               // the events allowed there, with the biases of the controls
};

// Nothing is random: `options.draw.sampler`, `seed` and `stream` are not used; limits, controls and
// the limits of length are. Beginnings, complete or not, are compared by the sum of their
// log-probabilities, until the most likely one is complete. Since every event lowers the sum, a
// limit in seconds favours music with few events; a limit in tokens does not. Ties go to the event
// of the more likely beginning, then to the lower event id. Width 1 equals a draw at temperature 0.
// `mended` counts the detours of the result alone (infer/music/detour.h).
// `width` is 1 … kMaxBeamWidth. Returns an error as generate() does.
Expected<BeamResult> beam_search(const std::shared_ptr<const Engine>& engine,
                                 const GenerateOptions& options, int width,
                                 const ProgressFunction& progress);

}  // namespace pno::infer
