#include "infer/music/soft_controls.h"

#include "infer/music/log_mass.h"

namespace pno::infer {
namespace {

constexpr double kMaxNats = 100, kMaxDensity = 100;
constexpr int kMaxWindow = 10000;

Expected<void> check_range(std::string_view field, double value, double max) {
  if (value >= 0 && value <= max) return {};
  return fail_usage("{} is {}; it must be 0 to {}", field, value, max);
}

}  // namespace

Expected<void> SoftControlOptions::validate() const {
  PNO_TRY_VOID(check_range("key_strength", key_strength, kMaxNats));
  PNO_TRY_VOID(check_range("density", density, kMaxDensity));
  PNO_TRY_VOID(check_range("repetition_penalty", repetition_penalty, kMaxNats));
  if (repetition_window < 1 || repetition_window > kMaxWindow) {
    return fail_usage("repetition_window is {}; it must be 1 to {} notes", repetition_window,
                      kMaxWindow);
  }
  return {};
}

SoftControls::SoftControls(const events::Vocabulary& vocabulary, const SoftControlOptions& options)
    : vocabulary_(vocabulary),
      has_pitch_biases_(options.key.has_value() || options.repetition_penalty > 0) {
  PNO_CHECK(options.validate().has_value(), "the controls are out of range");
  if (options.key) {
    for (int pitch = 0; pitch < 128; ++pitch) {
      key_bias_[static_cast<std::size_t>(pitch)] =
          -options.key_strength * foreignness(*options.key, pitch);
    }
  }
  if (options.repetition_penalty > 0) {
    repetition_.emplace(vocabulary, options.repetition_penalty, options.repetition_window);
  }
  if (options.density > 0) density_.emplace(vocabulary, options.density);
}

void SoftControls::read(events::Token token) noexcept {
  if (repetition_) repetition_->read(token);
  if (density_) density_->read(token);
}

void SoftControls::apply(std::span<float> logits, std::span<const Fault> faults) const noexcept {
  if (has_pitch_biases_) {
    const auto note_ons = logits.first(vocabulary_.note_off(0));
    const auto note_on_faults = faults.first(note_ons.size());
    const double before = log_mass(note_ons, note_on_faults);
    for (int pitch = 0; pitch < static_cast<int>(note_ons.size()); ++pitch) {
      const auto p = static_cast<std::size_t>(pitch);
      const double penalty = repetition_ ? repetition_->penalty(pitch) : 0;
      note_ons[p] += static_cast<float>(key_bias_[p] - penalty);
    }
    add(note_ons, before - log_mass(note_ons, note_on_faults));
  }
  if (density_) density_->apply(logits, faults);
}

}  // namespace pno::infer
