#pragma once

// The sampling that plays music by default: pno generate, play, jam and serve, the C API, and
// samples during training. SamplerOptions() draws as the model learned; docs/generate.md has what
// was measured to choose these.

#include "infer/music/sampler.h"

namespace pno::infer {

struct PlaySampling : SamplerOptions {
  PlaySampling() {
    temperature = 0.95;
    top_p = 0.98;
  }
};

}  // namespace pno::infer
