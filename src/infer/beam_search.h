#pragma once

// The likeliest music instead of a draw, for those who want to compare: beam search keeps the
// `width` likeliest beginnings and goes on with all of them, one event at a time.

#include <cstdint>
#include <memory>

#include "infer/generate.h"

namespace pno::infer {

inline constexpr int kWidestBeam = 64;

struct BeamResult {
  Generated generated;
  double log_probability = 0;  // nats: the sum over the events after the prime, each among those
                               // that might come, wishes included
};

// Nothing is drawn: `options.draw.sampler`, `seed` and `stream` have no part in it; limits,
// controls, and the limits of length do. Beginnings are compared by the sum of their
// log-probabilities, those that are complete with those that are not, until the likeliest is
// complete. As every event lowers the sum, a limit in seconds favours music of few events; a limit
// in tokens compares like with like. Of equals the one from the likelier beginning, then the lower
// event id comes first. Width 1 is the draw at temperature 0. Fails as generate() does.
// width: 1..kWidestBeam
Expected<BeamResult> beam_search(const std::shared_ptr<const Engine>& engine,
                                 const GenerateOptions& options, int width,
                                 const ProgressFunction& progress);

}  // namespace pno::infer
