#include "infer/attention_scratch.h"

#include <algorithm>

#include "infer/kernels/panels.h"

namespace pno::infer {
namespace {

constexpr auto kRows = static_cast<std::size_t>(kAttentionRows);

std::size_t as_size(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

// Two ranges of slots, each rounded outwards to full panels at both ends.
std::size_t scores_stride(const model::ModelConfig& config) {
  return panel_count(as_size(config.context) + kRows) * kPanelRows + 3 * kPanelRows;
}

std::size_t relative_stride(const model::ModelConfig& config) {
  if (!config.has_relative_keys()) return 0;
  return panel_count(as_size(std::min(config.max_distance, config.context))) * kPanelRows;
}

// Floats of all matrices, and of the scales in int8.
std::size_t float_count(const model::ModelConfig& config, Precision precision) {
  std::size_t row = scores_stride(config) + relative_stride(config);
  if (precision == Precision::int8) row += 2 * as_size(config.head_width()) + 3;
  return kRows * row;
}

std::size_t accumulator_count(const model::ModelConfig& config) {
  return 2 * kRows * panel_count(as_size(config.head_width())) * kPanelRows;
}

std::size_t quantised_size(const model::ModelConfig& config, Precision precision) {
  if (precision != Precision::int8) return 0;
  return kRows * (quantised_bytes(as_size(config.head_width())) +
                  2 * quantised_bytes(scores_stride(config)));
}

}  // namespace

AttentionScratch::AttentionScratch(const model::ModelConfig& config, Precision precision)
    : floats_(float_count(config, precision)), quantised_(quantised_size(config, precision)) {
  scores = {floats_.get(), scores_stride(config)};
  relative = {scores.row(kRows), relative_stride(config)};
  if (precision != Precision::int8) return;
  const auto D = as_size(config.head_width());
  row_sums_ = AlignedArray<std::int32_t>(3 * kRows);
  accumulators_ = AlignedArray<std::int32_t>(accumulator_count(config));
  accumulators = accumulators_.get();
  half_sums = {relative.row(kRows), D};
  float* scales = half_sums.row(2 * kRows);
  queries = {quantised_.get(), quantised_bytes(D), scales, row_sums_.get()};
  weights = {quantised_.get() + kRows * quantised_bytes(D), quantised_bytes(scores_stride(config)),
             scales + kRows, row_sums_.get() + kRows};
}

double AttentionScratch::memory_bytes(const model::ModelConfig& config, Precision precision) {
  const std::size_t accumulators = precision == Precision::int8 ? accumulator_count(config) : 0;
  return static_cast<double>(float_count(config, precision) * sizeof(float) +
                             quantised_size(config, precision) +
                             accumulators * sizeof(std::int32_t));
}

}  // namespace pno::infer
