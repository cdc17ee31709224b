#pragma once

// Plays with a given melody (docs/design.md section 2, accompaniment). Melody notes are announced
// two seconds before they begin. In `accompany` they enter at their time, as the music of another
// player, and the model plays the rest; in `realise` the model plays the melody, too.

#include <cstdint>
#include <memory>
#include <span>

#include "base/progress.h"
#include "infer/engine.h"
#include "infer/role_music.h"

namespace pno::infer {

enum class AccompanyMode : std::uint8_t { accompany, realise };
constexpr auto enum_names(AccompanyMode) {
  return std::array{"accompany", "realise"};
}

// The music lasts this long after the last note of the melody begins to end.
inline constexpr double kAfterMelody_s = 1;

// The notes that the model plays, with times of the melody's file, of which time 0 is the start of
// the grid; every note ends. `melody` is sorted by (start, pitch) and not empty. `progress` counts
// steps. Returns an error if the options are invalid, the logits are not finite, or after an
// interrupt.
Expected<RoleMusic> accompany(const std::shared_ptr<const Engine>& engine,
                              std::span<const events::PlainNote> melody, AccompanyMode mode,
                              const RoleMusicOptions& options, const ProgressFunction& progress);

}  // namespace pno::infer
