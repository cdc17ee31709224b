#pragma once

// The options of pno_session_set, named like the flags of `pno generate`.

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/fields.h"
#include "infer/music/music_sampler.h"
#include "infer/music/play_sampling.h"

namespace pno::api {

struct SessionOptions {
  infer::DrawOptions draw{.sampler = infer::PlaySampling()};
  std::string key;  // for infer::parse_key(); empty: no bias
  std::uint64_t seed = 1;

  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    infer::SamplerOptions::fields(c.draw.sampler, visit);
    visit("seed", c.seed, "same seed, same tokens read: same tokens drawn");
    infer::MusicLimits::fields(c.draw.limits, visit);
    visit("unconstrained", c.draw.unconstrained, "true: the raw model, without rules of music");
    visit("until_end", c.draw.until_end, "true: EOS may be drawn");
    visit("key", c.key, "key to prefer, like C, F#, Bb, Am or C#m; empty: any");
    infer::SoftControlOptions::fields(c.draw.controls, visit);
  }

  // Validates all options and parses the key.
  Expected<void> complete() {
    draw.controls.key.reset();
    if (!key.empty()) {
      auto parsed = infer::parse_key(key);
      if (!parsed) return fail_usage("{}", parsed.error().message);
      draw.controls.key = *parsed;
    }
    return draw.validate();
  }
};

}  // namespace pno::api
