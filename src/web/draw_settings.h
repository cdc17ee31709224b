#pragma once

// The options of a request by their names, those of the flags of `pno generate` with _ for -.

#include <string>

#include "base/error.h"
#include "base/fields.h"
#include "infer/music/key.h"
#include "infer/music/music_sampler.h"
#include "infer/music/play_sampling.h"

namespace pno::web {

struct DrawSettings {
  infer::DrawOptions draw{.sampler = infer::PlaySampling()};
  std::string key;  // for infer::parse_key(); empty: no bias

  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    infer::SamplerOptions::fields(c.draw.sampler, visit);
    infer::MusicLimits::fields(c.draw.limits, visit);
    visit("until_end", c.draw.until_end, "true: the model may end the piece");
    visit("key", c.key, "key to prefer, like C, F#, Bb, Am or C#m; empty: any");
    infer::SoftControlOptions::fields(c.draw.controls, visit);
  }

  // Validates all options and parses the key.
  Expected<void> complete() {
    draw.controls.key.reset();
    if (!key.empty()) {
      PNO_TRY(const auto parsed, infer::parse_key(key));
      draw.controls.key = parsed;
    }
    return draw.validate();
  }
};

}  // namespace pno::web
