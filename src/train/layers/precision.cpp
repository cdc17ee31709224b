#include "train/layers/precision.h"

#include "simd/simd_target.h"

namespace pno::train {
namespace {

using torch::Tensor;

// Forward: the leaf's part of the rounded buffer. Backward: converts the gradient to the leaf's
// type.
struct Round : torch::autograd::Function<Round> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& leaf,
                        const Tensor& rounded) {
    context->saved_data["type"] = static_cast<std::int64_t>(leaf.scalar_type());
    return rounded.detach();  // a new tensor, because autograd attaches the graph to it
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto type = static_cast<torch::ScalarType>(context->saved_data["type"].toInt());
    return {gradients[0].to(type), Tensor()};
  }
};

}  // namespace

torch::ScalarType scalar_type(Precision precision) {
  return precision == Precision::bf16 ? torch::kBFloat16 : torch::kFloat;
}

void save_precision(Precision precision, SavedData& into) {
  into["precision"] = static_cast<std::int64_t>(precision);
}

Precision saved_precision(const SavedData& from) {
  return static_cast<Precision>(from.at("precision").toInt());
}

bool has_fast_bf16() {
  return simd::has_fast_bf16();
}

RoundedWeights::RoundedWeights(const Tensor& flat, torch::ScalarType type) : flat_(flat) {
  if (type != flat.scalar_type()) rounded_ = flat.detach().to(type);
}

Tensor RoundedWeights::of(const Tensor& leaf) const {
  if (!rounded_.defined()) return leaf;
  const auto first = leaf.storage_offset() - flat_.storage_offset();
  return Round::apply(leaf, rounded_.narrow(0, first, leaf.numel()).view(leaf.sizes()));
}

}  // namespace pno::train
