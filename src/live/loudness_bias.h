#pragma once

// Steers music towards a mean MIDI velocity: a VELOCITY v is
// exp(-(v - target)^2 / (2 · kLoudnessSpread^2)) times as likely against other VELOCITYs, and all
// VELOCITYs together are as likely as before. So the music keeps its own differences of loudness,
// but drifts to the target. Does not allocate, lock or throw.

#include <span>

#include "events/vocabulary.h"

namespace pno::live {

inline constexpr double kLoudnessSpread = 20;  // MIDI velocities

// Adds the biases to logits [V]. Logits of -infinity stay so.
void bias_loudness(const events::Vocabulary& vocabulary, double target_velocity,
                   std::span<float> logits) noexcept;

}  // namespace pno::live
