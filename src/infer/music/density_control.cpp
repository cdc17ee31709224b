#include "infer/music/density_control.h"

#include <algorithm>
#include <cmath>

#include "infer/music/log_mass.h"

namespace pno::infer {
namespace {

// Chosen on a model trained on ASAP: of the gains without oscillation, those that converge fastest.
constexpr double kWindowS = 4;         // time constant of the count of notes
constexpr double kProportional = 1.2;  // bias for a rate that is off by a factor of e
constexpr double kIntegralPerS = 0.2;  // the same, for every second that it lasts
constexpr double kMaxBias = 4;
constexpr double kMinRate = 0.05;  // as a fraction of the target: the rate of a silence

}  // namespace

DensityControl::DensityControl(const events::Vocabulary& vocabulary, double notes_per_s)
    : vocabulary_(vocabulary), target_(notes_per_s), notes_(notes_per_s * kWindowS) {
  PNO_CHECK(notes_per_s > 0, "the density must be positive");
}

double DensityControl::notes_per_s() const noexcept {
  return notes_ / kWindowS;
}

void DensityControl::read(events::Token token) noexcept {
  const auto event = vocabulary_.event(token);
  if (event.kind == events::Kind::note_on) notes_ += 1;
  if (event.kind != events::Kind::time_shift) return;
  const double seconds = static_cast<double>(event.value) / vocabulary_.steps_per_second;
  notes_ *= std::exp(-seconds / kWindowS);
  const double error = std::log(target_ / std::max(notes_per_s(), kMinRate * target_));
  integral_ = std::clamp(integral_ + kIntegralPerS * error * seconds, -kMaxBias, kMaxBias);
  bias_ = std::clamp(kProportional * error + integral_, -kMaxBias, kMaxBias);
}

void DensityControl::apply(std::span<float> logits, std::span<const Fault> faults) const noexcept {
  const std::size_t first_shift = vocabulary_.time_shift(1);
  const std::size_t first_velocity = vocabulary_.velocity(0), end = vocabulary_.bos();
  const auto shifts = logits.subspan(first_shift, first_velocity - first_shift);
  const auto shift_faults = faults.subspan(first_shift, shifts.size());
  const double before = log_mass(shifts, shift_faults);
  for (std::size_t i = 0; i < shifts.size(); ++i) {
    shifts[i] -= static_cast<float>(bias_ * std::log(static_cast<double>(i + 1)));
  }
  add(shifts, before - log_mass(shifts, shift_faults));
  add(logits.first(vocabulary_.note_off(0)), bias_ / 2);
  add(logits.subspan(first_velocity, end - first_velocity), bias_ / 2);
}

}  // namespace pno::infer
