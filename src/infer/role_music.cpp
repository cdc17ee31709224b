#include "infer/role_music.h"

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

}  // namespace pno::infer
