#include "model/useful_flops.h"

#include <algorithm>

namespace pno::model {
namespace {

constexpr double kFlopsOfMultiplyAdd = 2;

// Multiply-adds of one sequence in one layer, all heads together.
double attention_multiply_adds(const ModelConfig& config, std::int64_t length) {
  double keys = 0, distances = 0;  // summed over queries: visible keys, and those with a table row
  for (std::int64_t query = 0; query < length; ++query) {
    std::int64_t first_key = 0;
    if (config.attention == Attention::relative_local) {
      first_key = std::max<std::int64_t>(0, (query / config.block - 1) * config.block);
    }
    const std::int64_t visible = query - first_key + 1;
    keys += static_cast<double>(visible);
    distances += static_cast<double>(std::min<std::int64_t>(visible, config.max_distance));
  }
  double products = 2 * keys;  // q·k, and the weighted sum of v
  if (config.has_relative_keys()) products += distances;
  if (config.has_relative_values()) products += distances;
  return products * config.attention_width;
}

// Weights that every token is multiplied by in one layer.
double layer_weights(const ModelConfig& config) {
  const double C = config.width, A = config.attention_width, F = config.ff_width;
  return C * 3 * A + A * C + C * F + F * C;
}

}  // namespace

UsefulFlops forward_flops(const ModelConfig& config, const VocabularySize& vocabulary,
                          std::int64_t batch, std::int64_t length) {
  const auto sequences = static_cast<double>(batch);
  const double tokens = sequences * static_cast<double>(length);
  const double weights = config.layers * layer_weights(config) +
                         static_cast<double>(config.width) * vocabulary.outputs;
  return {.attention = kFlopsOfMultiplyAdd * config.layers * sequences *
                       attention_multiply_adds(config, length),
          .layers = kFlopsOfMultiplyAdd * tokens * weights};
}

UsefulFlops step_flops(const ModelConfig& config, const VocabularySize& vocabulary,
                       std::int64_t batch, std::int64_t length) {
  constexpr double kPasses = 3;  // forward, and two products backward for each forward product
  const auto forward = forward_flops(config, vocabulary, batch, length);
  return {.attention = kPasses * forward.attention, .layers = kPasses * forward.layers};
}

}  // namespace pno::model
