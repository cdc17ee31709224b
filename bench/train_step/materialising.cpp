#include "train_step/materialising.h"

#include <torch/version.h>
#include <unistd.h>

#include <cmath>
#include <limits>

#include "train/layers/precision.h"

// B batch, T time, C width, H heads, D head width, R rows of a relative table, V vocabulary

namespace pno::bench {
namespace {

using torch::Tensor;

torch::optim::AdamW make_optimizer(const train::TrainConfig& config,
                                   const train::MusicTransformer& model) {
  std::vector<Tensor> leaves;
  for (const auto& parameter : model.list()) leaves.push_back(model.parameter(parameter.name));
  return torch::optim::AdamW(leaves, torch::optim::AdamWOptions(config.learning_rate)
                                         .betas({config.beta1, config.beta2})
                                         .eps(config.epsilon)
                                         .weight_decay(config.weight_decay));
}

// Of a query of block b only the keys of blocks b and b-1: a mask of those outside, [T, T].
Tensor outside_of_blocks(std::int64_t length, std::int64_t block, torch::Device device) {
  const auto blocks =
      torch::arange(length, torch::TensorOptions(torch::kLong).device(device)).div(block, "floor");
  return blocks.unsqueeze(0) < blocks.unsqueeze(1) - 1;
}

}  // namespace

MaterialisingModel::MaterialisingModel(const Shape& shape, const train::TrainConfig& config,
                                       torch::Device device, BaselineAttention attention)
    : shape_(shape),
      config_(config),
      device_(device),
      attention_(attention),
      type_(train::scalar_type(config.precision)),
      parameters_(shape.model, shape.vocabulary_size, device),
      optimizer_(make_optimizer(config, parameters_)) {
  parameters_.initialize(config.seed);
}

double MaterialisingModel::step(const train::Batch& batch) {
  const auto ids = [&](const std::vector<std::int64_t>& values) {
    return torch::tensor(values, torch::kLong).to(device_);
  };
  optimizer_.zero_grad();
  const auto rows = logits(ids(batch.inputs).view({batch.rows, batch.length})).flatten(0, 1);
  const auto loss = torch::nn::functional::cross_entropy(rows, ids(batch.targets));
  loss.backward();
  torch::nn::utils::clip_grad_norm_(optimizer_.param_groups()[0].params(), config_.clip_norm);
  optimizer_.step();
  return loss.item<double>();
}

Tensor MaterialisingModel::logits(const Tensor& tokens) const {
  const auto& model = shape_.model;
  auto x = torch::embedding(parameters_.parameter("embedding"), tokens) * std::sqrt(model.width);
  if (model.has_sinusoids()) {
    x = x + train::sinusoids(tokens.size(1), model.width).to(x.options());
  }
  x = dropout(x);
  for (int layer = 0; layer < model.layers; ++layer) {
    x = x + dropout(attention(x, layer));
    x = x + dropout(feed_forward(x, layer));
  }
  const auto* output = model.tie_embeddings ? "embedding" : "output.weight";
  return torch::linear(norm(x, "final_norm"), weight(output), weight("output.bias"))
      .to(torch::kFloat);
}

Tensor MaterialisingModel::attention(const Tensor& x, int layer) const {
  const auto& model = shape_.model;
  const auto B = x.size(0), T = x.size(1), H = std::int64_t{model.heads},
             D = std::int64_t{model.head_width()};
  const auto normed = norm(x, fmt::format("layers.{}.attention_norm", layer));
  const auto qkv = torch::linear(normed, of_layer(layer, "qkv.weight"))
                       .view({B, T, 3, H, D})
                       .permute({2, 0, 3, 1, 4});  // [3, B, H, T, D]
  const auto mixed = weighted_values(qkv[0], qkv[1], qkv[2], layer);
  return torch::linear(mixed.transpose(1, 2).reshape({B, T, H * D}),
                       of_layer(layer, "attention_out.weight"));
}

Tensor MaterialisingModel::weighted_values(const Tensor& q, const Tensor& k, const Tensor& v,
                                           int layer) const {
  const auto& model = shape_.model;
#if TORCH_VERSION_MAJOR >= 2
  if (attention_ == BaselineAttention::fused) {
    return at::scaled_dot_product_attention(q, k, v, {}, model.dropout, /*is_causal=*/true);
  }
#endif
  const auto T = q.size(2);
  auto logits = torch::matmul(q, k.transpose(2, 3));  // [B, H, T, T]
  if (model.has_relative_keys()) logits = logits + relative_logits(q, layer);
  logits = logits / std::sqrt(model.head_width());
  auto hidden = torch::ones({T, T}, torch::TensorOptions(torch::kBool).device(device_)).triu(1);
  if (model.attention == model::Attention::relative_local) {
    hidden = hidden.logical_or(outside_of_blocks(T, model.block, device_));
  }
  logits = logits.masked_fill(hidden, -std::numeric_limits<double>::infinity());
  return torch::matmul(dropout(torch::softmax(logits, -1, torch::kFloat)).to(type_), v);
}

// Column c of q·bandᵀ is the distance T-1-c. A column of zeros to the left and another shape of the
// same memory move it to the key that has this distance (Huang et al. 2018, section 3.4.1).
Tensor MaterialisingModel::relative_logits(const Tensor& q, int layer) const {
  const auto B = q.size(0), H = q.size(1), T = q.size(2), D = q.size(3);
  const auto table = of_layer(layer, "relative_keys");  // [H, R, D], distance 0 first
  const auto known = std::min(table.size(1), T);
  const auto far = torch::zeros({H, T - known, D}, table.options().requires_grad(false));
  const auto band = torch::cat({far, table.narrow(1, 0, known).flip(1)}, 1);  // [H, T, D]
  const auto by_distance = torch::matmul(q, band.transpose(1, 2));            // [B, H, T, T]
  return torch::constant_pad_nd(by_distance, {1, 0})
      .view({B, H, T + 1, T})
      .narrow(2, 1, T);  // after the diagonal it holds what the mask hides
}

Tensor MaterialisingModel::feed_forward(const Tensor& x, int layer) const {
  const auto inner = torch::linear(norm(x, fmt::format("layers.{}.ff_norm", layer)),
                                   of_layer(layer, "ff_in.weight"), of_layer(layer, "ff_in.bias"));
  const bool is_gelu = shape_.model.activation == model::Activation::gelu;
  return torch::linear(is_gelu ? torch::gelu(inner) : torch::relu(inner),
                       of_layer(layer, "ff_out.weight"), of_layer(layer, "ff_out.bias"));
}

Tensor MaterialisingModel::norm(const Tensor& x, const std::string& name) const {
  return torch::layer_norm(x, {shape_.model.width}, parameters_.parameter(name + ".weight"),
                           parameters_.parameter(name + ".bias"), model::kNormEpsilon)
      .to(type_);
}

Tensor MaterialisingModel::dropout(const Tensor& x) const {
  return torch::dropout(x, shape_.model.dropout, /*train=*/true);
}

Tensor MaterialisingModel::weight(const std::string& name) const {
  return parameters_.parameter(name).to(type_);
}

Tensor MaterialisingModel::of_layer(int layer, const std::string& name) const {
  return weight(fmt::format("layers.{}.{}", layer, name));
}

bool has_fused_attention() {
  return TORCH_VERSION_MAJOR >= 2;
}

Expected<void> check_baseline(const Shape& shape, BaselineAttention attention, torch::Device device,
                              train::Precision precision) {
  if (device.is_cpu() && precision == train::Precision::bf16) {
    return fail("LibTorch's own products of bf16 are for GPUs");
  }
  if (attention == BaselineAttention::fused) {
    if (has_fused_attention()) return {};
    return fail("this LibTorch is older than 2.0, which first had scaled_dot_product_attention");
  }
  if (shape.model.has_relative_values()) {
    return fail("the materialising baseline has no relative values");
  }
  // Kept for backward of each layer: content and relative logits' skew, weights, dropout's mask and
  // what it leaves; backward holds a few more at a time.
  constexpr double kKept = 4.5, kAtATime = 4;
  const auto length = static_cast<double>(shape.length());
  const double matrix_bytes =
      sizeof(float) * static_cast<double>(shape.batch) * shape.model.heads * length * length;
  const double needed = matrix_bytes * (kKept * shape.model.layers + kAtATime);
  const double free = static_cast<double>(::sysconf(_SC_AVPHYS_PAGES)) *
                      static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (device.is_cpu() && needed > free) {
    return fail("a materialising step would need {:.0f} GB, and {:.0f} GB are free", needed / 1e9,
                free / 1e9);
  }
  return {};
}

}  // namespace pno::bench
