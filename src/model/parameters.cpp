#include "model/parameters.h"

#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "base/random.h"

namespace pno::model {
namespace {

using Init = Parameter::Init;
using Shape = std::vector<std::int64_t>;

Parameter zeros(std::string name, Shape shape) {
  return {std::move(name), std::move(shape)};
}

Parameter normal(std::string name, Shape shape, double stddev) {
  return {std::move(name), std::move(shape), Init::normal, stddev};
}

Parameter matrices(std::int64_t count, Parameter parameter) {
  parameter.matrices = count;
  return parameter;
}

void add_norm(std::vector<Parameter>& list, const std::string& name, std::int64_t width) {
  list.push_back({name + ".weight", {width}, Init::ones});
  list.push_back(zeros(name + ".bias", {width}));
}

void add_layer(std::vector<Parameter>& list, const ModelConfig& config, int layer) {
  const std::int64_t C = config.width, A = config.attention_width, F = config.ff_width;
  const std::int64_t H = config.heads, D = config.head_width(), R = config.max_distance;
  const auto root = [](std::int64_t n) { return std::sqrt(static_cast<double>(n)); };
  const double residual_scale = 1 / std::sqrt(2.0 * config.layers);
  const auto name = [&](std::string_view of) { return fmt::format("layers.{}.{}", layer, of); };

  add_norm(list, name("attention_norm"), C);
  list.push_back(matrices(3 * H, normal(name("qkv.weight"), {3 * A, C}, 1 / root(C))));
  if (config.has_relative_keys()) {
    list.push_back(normal(name("relative_keys"), {H, R, D}, 1 / root(D)));
  }
  if (config.has_relative_values()) {
    list.push_back(normal(name("relative_values"), {H, R, D}, 1 / root(D)));
  }
  list.push_back(
      matrices(1, normal(name("attention_out.weight"), {C, A}, residual_scale / root(A))));
  add_norm(list, name("ff_norm"), C);
  list.push_back(matrices(1, normal(name("ff_in.weight"), {F, C}, 1 / root(C))));
  list.push_back(zeros(name("ff_in.bias"), {F}));
  list.push_back(matrices(
      1, normal(name("ff_out.weight"), {C, F}, residual_scale * std::sqrt(2.0) / root(F))));
  list.push_back(zeros(name("ff_out.bias"), {C}));
}

}  // namespace

std::int64_t Parameter::size() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::vector<Parameter> parameters(const ModelConfig& config, const VocabularySize& vocabulary) {
  const std::int64_t I = vocabulary.inputs, O = vocabulary.outputs, C = config.width;
  const double embedding_stddev = 1 / std::sqrt(static_cast<double>(C));
  std::vector<Parameter> list;
  list.push_back(normal("embedding", {I, C}, embedding_stddev));
  if (vocabulary.has_roles()) list.push_back(zeros("role_embedding", {kRoleRows, C}));
  for (int layer = 0; layer < config.layers; ++layer) add_layer(list, config, layer);
  add_norm(list, "final_norm", C);
  if (!config.tie_embeddings) list.push_back(normal("output.weight", {O, C}, embedding_stddev));
  list.push_back(zeros("output.bias", {O}));
  return list;
}

std::vector<double> initial_values(const Parameter& parameter, std::uint64_t seed,
                                   std::uint64_t stream) {
  const auto size = static_cast<std::size_t>(parameter.size());
  std::vector<double> values(size, parameter.init == Init::ones ? 1.0 : 0.0);
  if (parameter.init == Init::normal) {
    RandomStream random(seed, stream);
    for (double& value : values) value = parameter.stddev * random.normal();
  }
  return values;
}

std::int64_t parameter_count(const ModelConfig& config, const VocabularySize& vocabulary) {
  std::int64_t count = 0;
  for (const auto& parameter : parameters(config, vocabulary)) count += parameter.size();
  return count;
}

}  // namespace pno::model
