#pragma once

// The Music Transformer in LibTorch, for training: the same function as model/reference, in batches
// and with gradients. All parameters are views of one flat buffer, so the optimiser, gradient
// clipping and checkpoints process one tensor.
//
// B batch, T time, C width, V outputs

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "base/safetensors.h"
#include "model/config.h"
#include "model/model_file.h"
#include "model/parameters.h"
#include "train/layers/dropout.h"
#include "train/layers/feed_forward.h"
#include "train/layers/output_loss.h"
#include "train/layers/precision.h"

namespace pno::train {

class MusicTransformer {
 public:
  // The weights are zero until initialize() or load(). Tests also use kDouble.
  MusicTransformer(const model::ModelConfig& config, const model::VocabularySize& vocabulary,
                   torch::Device device, torch::ScalarType type = torch::kFloat);

  // Draws the initial weights of model/parameters.h, each parameter from its own random stream. The
  // result depends only on the seed.
  void initialize(std::uint64_t seed);
  // Sets the type of activations and matrix products; by default that of the weights. bf16 on a CPU
  // rounds only the operands of products, see precision.h.
  void compute_in(torch::ScalarType type) { compute_type_ = type; }

  // Copies the weights of a model file with the same config. If the file has no roles, but this
  // model has, the rows of the ids and outputs that only this model has, and role_embedding, keep
  // their values.
  void load(const model::ModelFile& file);

  // i64 [B, T], T <= context.
  struct Inputs {
    torch::Tensor tokens;
    torch::Tensor roles = {};  // 0 … kRoleRows, of a model with roles; undefined: all `played`
  };
  // → [B, T, C], before the last norm.
  torch::Tensor residual(const Inputs& inputs, const Dropout& dropout = {}) const;
  // The last norm and the linear layer to the vocabulary. It is separate because only positions
  // with a target use it, as one operation with the loss.
  OutputLayer output_layer() const;

  // The same for callers that need logits: hidden() is [B, T, C] after the last norm; logits() maps
  // [..., C] → [..., V].
  torch::Tensor hidden(const Inputs& inputs, const Dropout& dropout = {}) const;
  torch::Tensor logits(const torch::Tensor& hidden) const;

  const torch::Tensor& parameters() const { return parameters_; }  // flat
  const torch::Tensor& gradient() const { return gradient_; }      // flat, in the same order
  const torch::Tensor& parameter(std::string_view name) const;     // a leaf with its own shape
  const std::vector<model::Parameter>& list() const { return list_; }

  // The weights as float32 in host memory, and views of them by name for write_model().
  std::vector<float> values() const;
  std::vector<pno::Tensor> file_tensors(std::span<const float> values) const;

 private:
  torch::Tensor embed(const Inputs& inputs) const;
  Precision precision_of_products() const;
  RoundedWeights rounded_weights() const;
  torch::Tensor attention(const torch::Tensor& x, int layer, const RoundedWeights& rounded,
                          const Dropout& dropout) const;
  FeedForward feed_forward_layer(int layer, const RoundedWeights& rounded) const;
  Norm norm(const std::string& name) const;
  const torch::Tensor& layer_parameter(int layer, std::string_view name) const;

  model::ModelConfig config_;
  model::VocabularySize vocabulary_;
  std::vector<model::Parameter> list_;
  torch::Tensor parameters_, gradient_;
  torch::ScalarType compute_type_;
  std::map<std::string, torch::Tensor, std::less<>> named_;
  torch::Tensor sinusoids_;  // [context, C]; undefined if the config has none
};

// [length, width]: sin(i / 10000^(2c/C)) in channel 2c, and the cosine in 2c+1 (Vaswani et al.
// 2017, section 3.5).
torch::Tensor sinusoids(std::int64_t length, std::int64_t width);

}  // namespace pno::train
