#include "infer/role_music.h"

#include <algorithm>
#include <utility>

namespace pno::infer {

tl::unexpected<Error> fail_without_roles(std::string_view what) {
  return fail(
      "the model was trained without roles, so it cannot {}; use a model of the vocabulary "
      "performance+ (pno info MODEL names it)",
      what);
}

Expected<void> RoleMusicOptions::validate(const Engine& engine) const {
  if (!engine.vocabulary().has_roles) return fail_without_roles("fill gaps or accompany");
  PNO_TRY_VOID(draw.validate());
  if (!(guidance >= 0 && guidance <= kMostGuidance)) {
    return fail_usage("guidance is {}; it must be 0 to {}", guidance, kMostGuidance);
  }
  return {};
}

void RoleMusic::finish(const MusicSampler& sampler, const Stopwatch& watch) {
  for (std::size_t i = 0; i < kFaults; ++i) mended[i] = sampler.mended(static_cast<Fault>(i));
  std::stable_sort(notes.begin(), notes.end(),
                   [](const events::PlainNote& a, const events::PlainNote& b) {
                     return std::pair(a.start_us, a.pitch) < std::pair(b.start_us, b.pitch);
                   });
  seconds = watch.seconds();
  draw_seconds = seconds - first_token_ms / 1e3;
}

}  // namespace pno::infer
