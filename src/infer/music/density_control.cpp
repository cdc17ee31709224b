#include "infer/music/density_control.h"

#include <algorithm>
#include <cmath>

#include "infer/music/log_mass.h"

namespace pno::infer {
namespace {

// Chosen on a model trained on ASAP: of the gains without swings, those that are there soonest.
constexpr double kWindowS = 4;         // over which notes are counted
constexpr double kProportional = 1.2;  // bias for a rate that is off by a factor of e
constexpr double kIntegralPerS = 0.2;  // the same, for each second that it lasts
constexpr double kMostBias = 4;
constexpr double kLeastShare = 0.05;  // of the target; a silence counts as so many notes

}  // namespace

DensityControl::DensityControl(const events::Vocabulary& vocabulary, double notes_per_s)
    : vocabulary_(vocabulary), target_(notes_per_s), notes_(notes_per_s * kWindowS) {
  PNO_CHECK(notes_per_s > 0, "a density that is not positive");
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
  const double error = std::log(target_ / std::max(notes_per_s(), kLeastShare * target_));
  integral_ = std::clamp(integral_ + kIntegralPerS * error * seconds, -kMostBias, kMostBias);
  bias_ = std::clamp(kProportional * error + integral_, -kMostBias, kMostBias);
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
