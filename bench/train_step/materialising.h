#pragma once

// The baseline: the same model, batch and step in plain LibTorch. Attention materialises its
// scores, weights and dropout as [B, H, T, T] tensors, with Music Transformer's skew for relative
// scores, and autograd keeps its intermediate tensors. In bf16 it computes as LibTorch's autocast:
// products in bf16, norms, softmax, loss and the residual in float32.

#include <torch/torch.h>

#include <cstdint>

#include "train/config.h"
#include "train/step/batch.h"
#include "train/step/music_transformer.h"
#include "train_step/measure.h"

namespace pno::bench {

class MaterialisingModel {
 public:
  MaterialisingModel(const Shape& shape, const train::TrainConfig& config, torch::Device device,
                     BaselineAttention attention);

  // One optimiser step. Returns the mean NLL of the batch before the update.
  double step(const train::Batch& batch);

 private:
  torch::Tensor logits(const torch::Tensor& tokens) const;
  torch::Tensor attention(const torch::Tensor& x, int layer) const;
  torch::Tensor weighted_values(const torch::Tensor& q, const torch::Tensor& k,
                                const torch::Tensor& v, int layer) const;
  torch::Tensor relative_logits(const torch::Tensor& q, int layer) const;
  torch::Tensor feed_forward(const torch::Tensor& x, int layer) const;
  torch::Tensor norm(const torch::Tensor& x, const std::string& name) const;
  torch::Tensor dropout(const torch::Tensor& x) const;
  torch::Tensor weight(const std::string& name) const;  // in the type of matrix products
  torch::Tensor of_layer(int layer, const std::string& name) const;

  Shape shape_;
  train::TrainConfig config_;
  torch::Device device_;
  BaselineAttention attention_;
  torch::ScalarType type_;              // of matrix products
  train::MusicTransformer parameters_;  // the weights of the trainer for the same seed
  torch::optim::AdamW optimizer_;
};

// True if LibTorch has scaled_dot_product_attention (since 2.0).
bool has_fused_attention();

// Returns an error if the baseline does not support the attention, or if its tensors would not fit.
Expected<void> check_baseline(const Shape& shape, BaselineAttention attention, torch::Device device,
                              train::Precision precision);

}  // namespace pno::bench
