#include "infer/weights.h"

#include <fmt/format.h>

namespace pno::infer {

Weights::Weights(const model::ModelFile& file, Storage storage) {
  const auto parameter = [&](const std::string& name) -> const float* {
    const Tensor& tensor = file.tensor(name);
    if (storage == Storage::file && tensor.dtype == DType::f32) return tensor.as<float>().data();
    return owned_.emplace_back(file.values(name)).data();
  };
  const auto norm = [&](const std::string& name) {
    return Norm{parameter(name + ".weight"), parameter(name + ".bias")};
  };
  const auto linear = [&](const std::string& name, int rows, int columns) {
    return Linear{parameter(name + ".weight"), nullptr, rows, columns};
  };
  const auto biased = [&](const std::string& name, int rows, int columns) {
    return Linear{parameter(name + ".weight"), parameter(name + ".bias"), rows, columns};
  };

  const auto& config = file.config();
  embedding = parameter("embedding");
  for (int n = 0; n < config.layers; ++n) {
    const auto prefix = fmt::format("layers.{}.", n);
    LayerWeights layer;
    layer.attention_norm = norm(prefix + "attention_norm");
    layer.qkv = linear(prefix + "qkv", 3 * config.attention_width, config.width);
    if (config.has_relative_keys()) layer.relative_keys = parameter(prefix + "relative_keys");
    if (config.has_relative_values()) layer.relative_values = parameter(prefix + "relative_values");
    layer.attention_out = linear(prefix + "attention_out", config.width, config.attention_width);
    layer.ff_norm = norm(prefix + "ff_norm");
    layer.ff_in = biased(prefix + "ff_in", config.ff_width, config.width);
    layer.ff_out = biased(prefix + "ff_out", config.width, config.ff_width);
    layers.push_back(layer);
  }
  final_norm = norm("final_norm");
  output = {config.tie_embeddings ? embedding : parameter("output.weight"),
            parameter("output.bias"), file.vocabulary_size(), config.width};
}

}  // namespace pno::infer
