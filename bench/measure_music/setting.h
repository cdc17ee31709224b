#pragma once

// A setting of the sampler as text: "temperature=0.9 top_p=0.95 longest_note=0".

#include <string>

#include "base/error.h"
#include "infer/music/music_sampler.h"

namespace pno::bench {

// Fields of SamplerOptions, MusicLimits and SoftControlOptions, separated by spaces; the others
// have the defaults of pno generate. An empty text is the defaults.
Expected<infer::DrawOptions> parse_setting(const std::string& text);

}  // namespace pno::bench
