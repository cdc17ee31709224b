#include "infer/attention_scratch.h"

#include <algorithm>

#include "infer/kernels/panels.h"

namespace pno::infer {
namespace {

std::size_t as_size(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

// Two runs of slots, each with the rest of its first and its last panel.
std::size_t logits_stride(const model::ModelConfig& config) {
  return panels_of(as_size(config.context) + as_size(kAttentionRows)) * kPanelRows + 3 * kPanelRows;
}

std::size_t by_distance_stride(const model::ModelConfig& config) {
  if (!config.has_relative_keys()) return 0;
  return panels_of(as_size(std::min(config.max_distance, config.context))) * kPanelRows;
}

constexpr auto kRows = static_cast<std::size_t>(kAttentionRows);

// Floats of the matrices and scales of AttentionScratch.
std::size_t scratch_floats(const model::ModelConfig& config, Precision precision) {
  std::size_t row = logits_stride(config) + by_distance_stride(config);
  if (precision == Precision::int8) row += 2 * as_size(config.head_width()) + 3;
  return kRows * row;
}

std::size_t whole_sums_size(const model::ModelConfig& config) {
  return 2 * kRows * panels_of(as_size(config.head_width())) * kPanelRows;
}

std::size_t scratch_bytes(const model::ModelConfig& config, Precision precision) {
  if (precision != Precision::int8) return 0;
  return kRows * (quantised_bytes(as_size(config.head_width())) +
                  2 * quantised_bytes(logits_stride(config)));
}

}  // namespace

AttentionScratch::AttentionScratch(const model::ModelConfig& config, Precision precision)
    : floats_(scratch_floats(config, precision)), numbers_(scratch_bytes(config, precision)) {
  logits = {floats_.get(), logits_stride(config)};
  by_distance = {logits.data + kRows * logits.stride, by_distance_stride(config)};
  if (precision != Precision::int8) return;
  const auto D = as_size(config.head_width());
  sums_ = AlignedArray<std::int32_t>(3 * kRows);
  whole_sums_ = AlignedArray<std::int32_t>(whole_sums_size(config));
  whole_sums = whole_sums_.get();
  digits = {by_distance.data + kRows * by_distance.stride, D};
  float* scales = digits.data + 2 * kRows * D;
  queries = {numbers_.get(), quantised_bytes(D), scales, sums_.get()};
  shares = {numbers_.get() + kRows * quantised_bytes(D), quantised_bytes(logits_stride(config)),
            scales + kRows, sums_.get() + kRows};
}

double AttentionScratch::memory_bytes(const model::ModelConfig& config, Precision precision) {
  const std::size_t sums = precision == Precision::int8 ? whole_sums_size(config) : 0;
  return static_cast<double>(scratch_floats(config, precision) * sizeof(float) +
                             scratch_bytes(config, precision) + sums * sizeof(std::int32_t));
}

}  // namespace pno::infer
