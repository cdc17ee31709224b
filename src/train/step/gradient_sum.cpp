#include "train/step/gradient_sum.h"

#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <functional>

namespace pno::train {
namespace {

using torch::autograd::variable_list;

// Few buckets, so that each is large enough for the network; but enough that most of them start
// before the backward pass ends.
std::int64_t default_bucket_bytes(std::int64_t gradient_bytes) {
  constexpr std::int64_t kBuckets = 8, kMiB = 1 << 20, kMostMiB = 25;
  return std::clamp(gradient_bytes / kBuckets, kMiB, kMostMiB * kMiB);
}

// Calls a function after an autograd node has run.
class PostHook : public torch::autograd::FunctionPostHook {
 public:
  explicit PostHook(std::function<void()> call) : call_(std::move(call)) {}
  variable_list operator()(const variable_list& outputs, const variable_list& /*inputs*/) override {
    call_();
    return outputs;
  }

 private:
  std::function<void()> call_;
};

}  // namespace

GradientSum::GradientSum(const MusicTransformer& model, Ranks& ranks, std::int64_t bucket_bytes)
    : ranks_(ranks), gradient_(model.gradient()) {
  const auto element_bytes = static_cast<std::int64_t>(gradient_.element_size());
  if (bucket_bytes == 0) bucket_bytes = default_bucket_bytes(gradient_.numel() * element_bytes);
  auto first = gradient_.numel();
  bool is_full = true;
  for (auto i = model.list().size(); i-- > 0;) {
    const auto& parameter = model.list()[i];
    const auto& leaf = model.parameter(parameter.name);
    first -= parameter.size();
    // The gradient of a frozen parameter is zero on all ranks.
    if (!leaf.requires_grad() && (is_full || buckets_.back().first != first + parameter.size())) {
      continue;
    }
    if (is_full) buckets_.push_back({.first = first});
    auto& bucket = buckets_.back();
    bucket.first = first;
    bucket.size += parameter.size();
    is_full = bucket.size * element_bytes >= bucket_bytes;
    if (leaf.requires_grad()) watch(leaf, buckets_.size() - 1);
  }
}

GradientSum::~GradientSum() = default;

void GradientSum::watch(const torch::Tensor& leaf, std::size_t bucket) {
  ++buckets_[bucket].parameters;
  // A hook of the tensor itself would be called before the gradient is added.
  auto node = torch::autograd::impl::grad_accumulator(leaf);
  node->add_post_hook(std::make_unique<PostHook>([this, bucket] { complete(bucket); }));
  accumulators_.push_back(std::move(node));
}

void GradientSum::expect_last_pass() {
  is_last_pass_ = true;
  started_ = 0;
  for (auto& bucket : buckets_) bucket.incomplete = bucket.parameters;
}

void GradientSum::complete(std::size_t bucket) {
  if (!is_last_pass_) return;
  --buckets_[bucket].incomplete;
  while (started_ < buckets_.size() && buckets_[started_].incomplete <= 0) start_next();
}

void GradientSum::start_next() {
  const auto& bucket = buckets_[started_++];
  ranks_.begin_sum(gradient_.narrow(0, bucket.first, bucket.size));
}

StepLosses GradientSum::finish(const StepLosses& own) {
  if (!is_last_pass_) started_ = 0;
  is_last_pass_ = false;
  started_early_ = started_;
  while (started_ < buckets_.size()) start_next();
  auto sums = to_sums(own);
  ranks_.sum(sums);  // waits for the buckets too
  return from_sums(sums);
}

}  // namespace pno::train
