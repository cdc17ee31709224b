#include "generate/random_model.h"

#include <unistd.h>

#include <algorithm>

#include "base/random.h"
#include "events/vocabulary.h"
#include "model/model_file.h"
#include "model/parameters.h"

namespace pno::bench {

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> kShapes = {{"paper",
                                              {.layers = 6,
                                               .heads = 8,
                                               .width = 256,
                                               .attention_width = 512,
                                               .ff_width = 2048,
                                               .context = 2048,
                                               .max_distance = 1024}},
                                             {"50m",
                                              {.layers = 12,
                                               .heads = 8,
                                               .width = 512,
                                               .attention_width = 512,
                                               .ff_width = 2048,
                                               .context = 2048,
                                               .max_distance = 2048}}};
  return kShapes;
}

RandomModel::RandomModel(const Shape& shape)
    : path_(std::filesystem::temp_directory_path() /
            fmt::format("pno-bench-{}-{}.safetensors", shape.name, ::getpid())) {
  std::vector<std::vector<float>> storage;
  std::vector<Tensor> tensors;
  RandomStream random(1, 0);
  for (const auto& parameter : model::parameters(shape.config, events::kPerformance.inputs())) {
    auto& values = storage.emplace_back();
    for (std::int64_t i = 0; i < parameter.size(); ++i) {
      values.push_back(static_cast<float>(0.04 * (random.uniform() - 0.5)));
    }
    tensors.push_back(Tensor::of<float>(parameter.name, parameter.shape, values));
    parameters_ += static_cast<double>(parameter.size());
  }
  TextFields metadata;
  put_fields(events::kPerformance, "vocabulary.", metadata);
  const auto written = model::write_model(path_, shape.config, tensors, metadata);
  PNO_CHECK(written.has_value(), "the benchmark's model cannot be written");
}

double bytes_of_token(const model::ModelConfig& config, infer::Precision precision, int position,
                      int vocabulary_size, int pieces) {
  const bool is_int8 = precision == infer::Precision::int8;
  const double number = is_int8 ? 1 : precision == infer::Precision::bf16 ? 2 : 4;
  const double scale = is_int8 ? sizeof(float) : 0;
  const double C = config.width, A = config.attention_width, F = config.ff_width;
  const double H = config.heads, layers = config.layers, V = vocabulary_size;
  const double seen = std::min(position + 1, config.context);
  const double distances =
      config.has_relative_keys() ? std::min<double>(seen, config.max_distance) : 0;
  const double matrices =
      layers * (number * (4 * A * C + 2 * F * C) + scale * (3 * A + C + F + C)) +
      V * (number * C + scale);
  const double tables =
      layers * distances * (number * A + scale * H) * (config.has_relative_values() ? 2 : 1);
  const double cache = pieces * layers * seen * 2 * (number * A + scale * H);
  return matrices + tables + cache;
}

}  // namespace pno::bench
