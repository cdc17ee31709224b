#include "train/step/music_transformer.h"

#include <cmath>

#include "train/attention/attention.h"
#include "train/layers/linear_residual.h"
#include "train/layers/norm_linear.h"
#include "train/layers/rounded_linear.h"

namespace pno::train {
namespace {

// Numbers for Dropout::at(): the embedding and the layers, and the operations within a layer.
enum DropoutSite : std::uint64_t { kEmbedding, kWeights, kAttention, kFeedForward, kFirstLayer };

}  // namespace

torch::Tensor sinusoids(std::int64_t length, std::int64_t width) {
  const auto double_options = torch::TensorOptions(torch::kDouble);
  const auto position = torch::arange(length, double_options).unsqueeze(1);
  const auto channel = torch::arange(width, double_options);
  const auto pair = torch::floor(channel / 2) * 2 / static_cast<double>(width);
  const auto angle = position * torch::exp(pair * -std::log(10000.0));
  return torch::where(channel.remainder(2) == 0, angle.sin(), angle.cos());
}

MusicTransformer::MusicTransformer(const model::ModelConfig& config,
                                   const model::VocabularySize& vocabulary, torch::Device device,
                                   torch::ScalarType type)
    : config_(config),
      vocabulary_(vocabulary),
      list_(model::parameters(config, vocabulary)),
      compute_type_(type) {
  const auto options = torch::TensorOptions(device).dtype(type);
  const auto count = model::parameter_count(config, vocabulary);
  parameters_ = torch::zeros({count}, options);
  gradient_ = torch::zeros({count}, options);
  std::int64_t first = 0;
  for (const auto& parameter : list_) {
    const auto part = [&](const torch::Tensor& flat) {
      return flat.narrow(0, first, parameter.size()).view(parameter.shape).detach();
    };
    auto leaf = part(parameters_).requires_grad_();
    leaf.mutable_grad() = part(gradient_);  // backward adds in place if a gradient exists
    named_.emplace(parameter.name, std::move(leaf));
    first += parameter.size();
  }
  if (config.has_sinusoids()) sinusoids_ = sinusoids(config.context, config.width).to(options);
}

void MusicTransformer::initialize(std::uint64_t seed) {
  std::vector<double> values;
  std::uint64_t stream = 0;
  for (const auto& parameter : list_) {
    const auto part = model::initial_values(parameter, seed, stream++);
    values.insert(values.end(), part.begin(), part.end());
  }
  parameters_.copy_(torch::tensor(values, torch::kDouble));
}

void MusicTransformer::load(const model::ModelFile& file) {
  const torch::NoGradGuard no_grad;
  const bool adds_roles = vocabulary_.has_roles() && !file.vocabulary_size().has_roles();
  for (const auto& parameter : list_) {
    if (adds_roles && parameter.name == "role_embedding") continue;
    const auto values = torch::tensor(file.values(parameter.name));
    const auto to = this->parameter(parameter.name).detach().flatten();
    PNO_CHECK(values.numel() == to.numel() || (adds_roles && values.numel() < to.numel()),
              "the model file has the config of the model");
    to.narrow(0, 0, values.numel()).copy_(values);  // its ids come first
  }
}

// reference: x = sqrt(C) (embedding[token] + role_embedding[role - 1])
torch::Tensor MusicTransformer::embed(const Inputs& inputs) const {
  auto x = torch::embedding(parameter("embedding"), inputs.tokens);
  if (inputs.roles.defined()) {
    PNO_CHECK(vocabulary_.has_roles(), "a model without roles has no vectors for them");
    // Role 0, `played`, adds nothing.
    const auto vectors = torch::constant_pad_nd(parameter("role_embedding"), {0, 0, 1, 0});
    x = x + torch::embedding(vectors, inputs.roles);
  }
  return x * std::sqrt(config_.width);
}

torch::Tensor MusicTransformer::residual(const Inputs& inputs, const Dropout& dropout) const {
  const auto length = inputs.tokens.size(1);
  PNO_CHECK(length <= config_.context, "a sequence fits the context");
  auto x = embed(inputs);
  if (sinusoids_.defined()) x = x + sinusoids_.narrow(0, 0, length);
  x = dropout.at(kEmbedding)(x);
  const auto rounded = rounded_weights();
  for (int layer = 0; layer < config_.layers; ++layer) {
    const auto here = dropout.at(kFirstLayer + static_cast<std::uint64_t>(layer));
    x = linear_residual(x, attention(x, layer, rounded, here),
                        rounded.of(layer_parameter(layer, "attention_out.weight")),
                        here.at(kAttention), precision_of_products());
    x = feed_forward(x, feed_forward_layer(layer, rounded), here.at(kFeedForward));
  }
  return x;
}

OutputLayer MusicTransformer::output_layer() const {
  const auto precision = precision_of_products();
  const auto type = precision == Precision::bf16 ? parameters_.scalar_type() : compute_type_;
  // Tied, they are the first rows of the embedding: the ids that are drawn.
  auto weight = parameter(config_.tie_embeddings ? "embedding" : "output.weight");
  if (weight.size(0) > vocabulary_.outputs) weight = weight.narrow(0, 0, vocabulary_.outputs);
  return {.norm = norm("final_norm"),
          .weight = weight.to(type),
          .bias = parameter("output.bias").to(type),
          .precision = precision};
}

// bf16 if the row kernels round the operands; else the type of the weights says what to do.
Precision MusicTransformer::precision_of_products() const {
  const bool has_kernels = parameters_.is_cpu() && parameters_.scalar_type() == torch::kFloat;
  return has_kernels && compute_type_ == torch::kBFloat16 ? Precision::bf16 : Precision::f32;
}

RoundedWeights MusicTransformer::rounded_weights() const {
  const bool is_in_kernels = precision_of_products() == Precision::bf16;
  return {parameters_, is_in_kernels ? parameters_.scalar_type() : compute_type_};
}

torch::Tensor MusicTransformer::hidden(const Inputs& inputs, const Dropout& dropout) const {
  return composite::layer_norm(residual(inputs, dropout), norm("final_norm"));
}

torch::Tensor MusicTransformer::logits(const torch::Tensor& hidden) const {
  const auto layer = output_layer();
  return rounded_linear(hidden, in_precision(layer.weight, layer.precision),
                        in_precision(layer.bias, layer.precision));
}

// The attention branch of x before its output projection: [B, T, A].
torch::Tensor MusicTransformer::attention(const torch::Tensor& x, int layer,
                                          const RoundedWeights& rounded,
                                          const Dropout& dropout) const {
  const auto table = [&](std::string_view name, bool wanted) {
    return wanted ? layer_parameter(layer, name) : torch::Tensor();
  };
  const auto qkv =
      norm_linear(x, norm(fmt::format("layers.{}.attention_norm", layer)),
                  rounded.of(layer_parameter(layer, "qkv.weight")), precision_of_products());
  return attend(qkv, table("relative_keys", config_.has_relative_keys()),
                table("relative_values", config_.has_relative_values()),
                {.heads = config_.heads,
                 .block = config_.attention == model::Attention::relative_local ? config_.block : 0,
                 .clipped = config_.attention == model::Attention::shaw,
                 .dropout = dropout.at(kWeights),
                 .precision = precision_of_products()});
}

FeedForward MusicTransformer::feed_forward_layer(int layer, const RoundedWeights& rounded) const {
  return {.norm = norm(fmt::format("layers.{}.ff_norm", layer)),
          .in_weight = rounded.of(layer_parameter(layer, "ff_in.weight")),
          .in_bias = rounded.of(layer_parameter(layer, "ff_in.bias")),
          .out_weight = rounded.of(layer_parameter(layer, "ff_out.weight")),
          .out_bias = rounded.of(layer_parameter(layer, "ff_out.bias")),
          .activation = config_.activation,
          .precision = precision_of_products()};
}

Norm MusicTransformer::norm(const std::string& name) const {
  return {.weight = parameter(name + ".weight"), .bias = parameter(name + ".bias")};
}

const torch::Tensor& MusicTransformer::parameter(std::string_view name) const {
  const auto found = named_.find(name);
  PNO_CHECK(found != named_.end(), "the model has the parameter");
  return found->second;
}

const torch::Tensor& MusicTransformer::layer_parameter(int layer, std::string_view name) const {
  return parameter(fmt::format("layers.{}.{}", layer, name));
}

std::vector<float> MusicTransformer::values() const {
  const auto host = parameters_.to(torch::kCPU, torch::kFloat);
  const auto* first = host.data_ptr<float>();
  return {first, first + host.numel()};
}

std::vector<pno::Tensor> MusicTransformer::file_tensors(std::span<const float> values) const {
  std::vector<pno::Tensor> tensors;
  std::size_t first = 0;
  for (const auto& parameter : list_) {
    const auto size = static_cast<std::size_t>(parameter.size());
    tensors.push_back(
        pno::Tensor::of(parameter.name, parameter.shape, values.subspan(first, size)));
    first += size;
  }
  return tensors;
}

}  // namespace pno::train
