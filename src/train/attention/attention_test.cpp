#include "train/attention/attention.h"

#include <ATen/Parallel.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <vector>

#include "model/reference.h"

namespace pno::train {
namespace {

// T time, H heads, D head width, R max_distance

using model::Attention;
using model::ModelConfig;
namespace reference = model::reference;

constexpr double kRounding = 1e-10;  // double precision, sums of a few hundred terms
constexpr auto kKinds = {Attention::absolute, Attention::relative, Attention::relative_local,
                         Attention::shaw};

std::vector<double> doubles(const torch::Tensor& tensor) {
  const auto flat = tensor.detach().cpu().contiguous();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

double largest_difference(const torch::Tensor& tensor, const std::vector<double>& wanted) {
  EXPECT_EQ(tensor.numel(), static_cast<std::int64_t>(wanted.size()));
  return (tensor.detach().cpu().flatten() - torch::tensor(wanted, torch::kDouble))
      .abs()
      .max()
      .item<double>();
}

// An implementation and a device.
struct Way {
  AttentionWay way = AttentionWay::composite;
  torch::Device device = torch::kCPU;
};
const std::array kCpuWays = {Way{AttentionWay::composite}, Way{AttentionWay::composite_at_once}};

// Random inputs and output gradient.
struct AttendProblem {
  ModelConfig config;
  std::int64_t batch, length;
  Way way;
  torch::Tensor qkv, keys, values, out_gradient;  // [B, T, 3A], [H, R, D], [H, R, D], [B, T, A]

  AttendProblem(const ModelConfig& of, std::int64_t rows, std::int64_t time, const Way& through)
      : config(of), batch(rows), length(time), way(through) {
    torch::manual_seed(1);
    const auto width = config.attention_width;
    const std::vector<std::int64_t> table = {config.heads, config.max_distance,
                                             config.head_width()};
    qkv = random({batch, length, 3 * width}).requires_grad_();
    if (config.has_relative_keys()) keys = random(table).requires_grad_();
    if (config.has_relative_values()) values = random(table).requires_grad_();
    out_gradient = random({batch, length, width});
  }

  torch::Tensor random(torch::IntArrayRef shape) const {
    return torch::randn(shape, torch::kDouble).to(way.device);
  }
  torch::Tensor run(const Dropout& dropout = {}) const {
    return attend(qkv, keys, values,
                  {.heads = config.heads,
                   .block = config.attention == Attention::relative_local ? config.block : 0,
                   .clipped = config.attention == Attention::shaw,
                   .dropout = dropout,
                   .way = way.way});
  }
  // Part 0, 1, 2 of qkv: queries, keys, values of a head, a view [T, D].
  torch::Tensor part(const torch::Tensor& of, int part, std::int64_t row, int head) const {
    const auto D = config.head_width();
    return of[row].narrow(1, (part * config.heads + head) * D, D);
  }

  // Expects output and all gradients to equal the reference.
  void expect_equals_reference(const Dropout& dropout = {},
                               const std::vector<double>& factors = {}) {
    const auto out = run(dropout);
    out.backward(out_gradient);
    auto keys_gradient = keys.defined() ? torch::zeros_like(keys) : keys;
    auto values_gradient = values.defined() ? torch::zeros_like(values) : values;
    for (std::int64_t row = 0; row < batch; ++row) {
      for (int head = 0; head < config.heads; ++head) {
        const auto q = doubles(part(qkv, 0, row, head)), k = doubles(part(qkv, 1, row, head)),
                   v = doubles(part(qkv, 2, row, head));
        const auto e = keys.defined() ? doubles(keys[head]) : std::vector<double>();
        const auto u = values.defined() ? doubles(values[head]) : std::vector<double>();
        const reference::Head plain{q, k, v, e, u, factors};
        EXPECT_LT(largest_difference(part(out, 0, row, head), reference::attend(config, plain)),
                  kRounding);
        const auto wanted =
            reference::attend_backward(config, plain, doubles(part(out_gradient, 0, row, head)));
        EXPECT_LT(largest_difference(part(qkv.grad(), 0, row, head), wanted.q), kRounding);
        EXPECT_LT(largest_difference(part(qkv.grad(), 1, row, head), wanted.k), kRounding);
        EXPECT_LT(largest_difference(part(qkv.grad(), 2, row, head), wanted.v), kRounding);
        const torch::NoGradGuard no_grad;
        if (keys.defined()) {
          keys_gradient[head] += torch::tensor(wanted.relative_keys, torch::kDouble)
                                     .view(keys_gradient[head].sizes())
                                     .to(way.device);
        }
        if (values.defined()) {
          values_gradient[head] += torch::tensor(wanted.relative_values, torch::kDouble)
                                       .view(values_gradient[head].sizes())
                                       .to(way.device);
        }
      }
    }
    if (keys.defined()) {
      EXPECT_LT(largest_difference(keys.grad(), doubles(keys_gradient)), kRounding);
    }
    if (values.defined()) {
      EXPECT_LT(largest_difference(values.grad(), doubles(values_gradient)), kRounding);
    }
  }
};

ModelConfig shape(Attention kind, int heads, int head_width, int max_distance, int block) {
  ModelConfig config;
  config.attention = kind;
  config.heads = heads;
  config.attention_width = heads * head_width;
  config.max_distance = max_distance;
  config.block = block;
  config.context = 512;
  return config;
}

// Lengths around the 64 queries of a block; tables longer and shorter than the sequence; local
// blocks that divide 64 and blocks that do not.
void expect_equals_reference(const Way& way) {
  for (const auto kind : kKinds) {
    for (const int length : {1, 2, 7, 63, 64, 65, 131}) {
      for (const auto& [max_distance, block] : {std::pair{512, 16}, {5, 24}}) {
        SCOPED_TRACE(
            fmt::format("{} T {} R {} block {}", enum_name(kind), length, max_distance, block));
        AttendProblem(shape(kind, 2, 3, max_distance, block), 2, length, way)
            .expect_equals_reference();
      }
    }
  }
}

TEST(Attention, EqualsReferenceForwardAndBackward) {
  expect_equals_reference({.way = AttentionWay::composite});
}

TEST(Attention, EqualsReferenceWithAllPairsAtOnce) {
  expect_equals_reference({.way = AttentionWay::composite_at_once});
}

TEST(Attention, EqualsReferenceOnCuda) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "this machine has no CUDA device";
  expect_equals_reference({.device = torch::kCUDA});
}

TEST(Attention, AcceptsOddHeadWidths) {
  for (const auto kind : kKinds) {
    for (const int head_width : {1, 24}) {
      for (const auto& way : kCpuWays) {
        AttendProblem(shape(kind, 3, head_width, 40, 32), 1, 70, way).expect_equals_reference();
      }
    }
  }
}

// With equal logits and the identity as values, the output is the weights, and shows which ones
// were dropped. The same seed must drop the same ones with random queries, forward and backward.
void expect_same_dropout_in_both_passes(const Way& way) {
  constexpr int kLength = 70;
  const Dropout dropout{0.3, 5};
  for (const auto kind : kKinds) {
    const auto config = shape(kind, 1, kLength, 40, 1024);
    AttendProblem probe(config, 1, kLength, way);
    {
      const torch::NoGradGuard no_grad;
      probe.qkv.zero_();
      probe.part(probe.qkv, 2, 0, 0).copy_(torch::eye(kLength, torch::kDouble));
      if (probe.keys.defined()) probe.keys.zero_();
      if (probe.values.defined()) probe.values.zero_();
    }
    const auto seen = torch::arange(1, kLength + 1, torch::kDouble).unsqueeze(1).to(way.device);
    const auto factors = probe.run(dropout)[0] * seen;
    const double dropped = (factors.tril() == 0).to(torch::kDouble).sum().item<double>() -
                           kLength * (kLength - 1) / 2.0;
    EXPECT_NEAR(dropped / (kLength * (kLength + 1) / 2.0), dropout.rate, 0.05);
    AttendProblem(config, 1, kLength, way).expect_equals_reference(dropout, doubles(factors));
  }
}

TEST(Attention, BackwardDropsTheWeightsThatForwardDropped) {
  for (const auto& way : kCpuWays) expect_same_dropout_in_both_passes(way);
}

TEST(Attention, BackwardDropsTheWeightsThatForwardDroppedOnCuda) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "this machine has no CUDA device";
  expect_same_dropout_in_both_passes({.device = torch::kCUDA});
}

// Output and gradients of attend() for random inputs, in one flat tensor.
torch::Tensor output_and_gradients(const ModelConfig& config, std::int64_t batch,
                                   std::int64_t length, AttentionWay way, torch::ScalarType type) {
  torch::manual_seed(3);
  const auto D = config.head_width();
  const auto leaf = [&](torch::IntArrayRef shape, bool wanted) {
    return wanted ? torch::randn(shape).to(type).requires_grad_() : torch::Tensor();
  };
  const auto qkv = leaf({batch, length, 3 * config.attention_width}, true);
  const auto keys = leaf({config.heads, config.max_distance, D}, config.has_relative_keys());
  const auto values = leaf({config.heads, config.max_distance, D}, config.has_relative_values());
  const auto out =
      attend(qkv, keys, values,
             {.heads = config.heads,
              .block = config.attention == Attention::relative_local ? config.block : 0,
              .clipped = config.attention == Attention::shaw,
              .dropout = {0.2, 11},
              .way = way});
  out.backward(torch::randn(out.sizes()).to(type));
  std::vector<torch::Tensor> all = {out.detach().flatten(), qkv.grad().flatten()};
  for (const auto& table : {keys, values}) {
    if (table.defined()) all.push_back(table.grad().flatten());
  }
  return torch::cat(all);
}

// Largest difference relative to the largest element, in float.
constexpr double kFloatRounding = 1e-5;

TEST(Attention, FusedEqualsCompositeWithDropout) {
  for (const auto kind : kKinds) {
    for (const int length : {1, 100, 300}) {
      for (const auto& [batch, heads] : {std::pair{2, 3}, {1, 1}, {5, 4}}) {
        SCOPED_TRACE(fmt::format("{} T {} B {} H {}", enum_name(kind), length, batch, heads));
        const auto config = shape(kind, heads, 8, 150, 70);
        const auto fused =
            output_and_gradients(config, batch, length, AttentionWay::best, torch::kFloat);
        const auto twin =
            output_and_gradients(config, batch, length, AttentionWay::composite, torch::kDouble);
        EXPECT_LE((fused - twin).abs().max().item<double>(),
                  kFloatRounding * twin.abs().max().item<double>());
      }
    }
  }
}

TEST(Attention, ResultIsBitwiseEqualForAnyNumberOfThreads) {
  const int threads = at::get_num_threads();
  for (const auto kind : kKinds) {
    // Several heads; and one head that is long enough for its queries to be divided.
    for (const auto& [batch, heads, length] : {std::array{3, 4, 500}, {1, 1, 4100}}) {
      const auto config = shape(kind, heads, 8, 150, 70);
      std::optional<torch::Tensor> one;
      for (const int count : {1, 2, 3}) {
        at::set_num_threads(count);
        const auto found =
            output_and_gradients(config, batch, length, AttentionWay::best, torch::kFloat);
        if (!one) one = found;
        EXPECT_TRUE(torch::equal(*one, found)) << enum_name(kind) << ", " << count << " threads";
      }
    }
  }
  at::set_num_threads(threads);
}

// The type of the totals below: signed in LibTorch 1.13, unsigned in later versions.
template <class Total>
Total total_of(void (c10::MemoryReportingInfoBase::*)(void*, std::int64_t, Total, Total,
                                                      c10::Device));
using Total = decltype(total_of(&c10::MemoryReportingInfoBase::reportMemoryUsage));

// Counts the bytes of all live tensors, and their peak.
struct PeakMemory : c10::MemoryReportingInfoBase {
  std::int64_t now = 0, peak = 0;

  void reportMemoryUsage(void* /*place*/, std::int64_t size, Total /*allocated*/,
                         Total /*reserved*/, c10::Device /*device*/) override {
    now += size;
    peak = std::max(peak, now);
  }
  bool memoryProfilingEnabled() const override { return true; }
};

TEST(Attention, MemoryIsLinearInTheLength) {
  constexpr int kShort = 512, kFactor = 8;
  for (const auto kind : kKinds) {
    std::vector<std::int64_t> peaks;
    for (const int length : {kShort, kFactor * kShort}) {
      const auto memory = std::make_shared<PeakMemory>();
      const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, memory);
      output_and_gradients(shape(kind, 2, 8, length, 128), 1, length, AttentionWay::best,
                           torch::kFloat);
      peaks.push_back(memory->peak);
    }
    EXPECT_GT(peaks[0], kShort * 3 * 16 * 4);  // the counting works: this is the size of qkv alone
    EXPECT_LE(peaks[1], kFactor * peaks[0]) << enum_name(kind);
  }
}

}  // namespace
}  // namespace pno::train
