#include "infer/decoder.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "infer/attention_steps.h"
#include "infer/kernels/panel_ops.h"
#include "infer/kernels/vector_ops.h"

namespace pno::infer {
namespace {

// A product is split among threads in parts of this many rows of w: a multiple of every tile's
// width, so that a part gives the same bytes as the whole.
constexpr std::size_t kRowsOfPart = 32;
// Rows of activations that one thread takes at a time, where they are not multiplied.
constexpr std::size_t kRowsTogether = 16;
// Below about ten microseconds of work, handing it over costs more than it saves.
constexpr std::size_t kLeastSharedWork = 1 << 16;  // multiplications
// Parts for each thread, so that one which comes late does not hold up the others.
constexpr std::size_t kPartsOfThread = 4;

constexpr std::size_t as_size(int value) {
  return static_cast<std::size_t>(value);
}

FloatArray rows_of(std::size_t width) {
  return FloatArray(as_size(Decoder::kBlock) * width);
}

// A block is written before its first position attends, which still sees a whole context.
std::size_t slots_of(const model::ModelConfig& config) {
  return as_size(config.context) + as_size(Decoder::kBlock);
}

}  // namespace

Decoder::Decoder(const model::ModelConfig& config, const Weights& weights, int threads)
    : config_(config),
      weights_(weights),
      width_(as_size(config.width)),
      attention_width_(as_size(config.attention_width)),
      ff_width_(as_size(config.ff_width)),
      pool_(threads),
      x_(rows_of(width_)),
      normal_(rows_of(width_)),
      qkv_(rows_of(3 * attention_width_)),
      attended_(rows_of(attention_width_)),
      hidden_(rows_of(ff_width_)) {
  for (int thread = 0; thread < threads; ++thread) {
    scratch_.emplace_back(config, weights.precision);
  }
  if (weights.precision == Precision::int8) {
    const std::size_t widest = std::max({width_, attention_width_, ff_width_});
    numbers_ = AlignedArray<std::byte>(as_size(kBlock) * quantised_bytes(widest));
    scales_ = rows_of(1);
    sums_ = AlignedArray<std::int32_t>(as_size(kBlock));
    quantised_ = {numbers_.get(), quantised_bytes(widest), scales_.get(), sums_.get()};
  }
  if (!config.has_sinusoids()) return;
  for (std::size_t channel = 0; channel < width_; channel += 2) {
    wave_numbers_.push_back(
        std::pow(10000.0, -static_cast<double>(channel) / static_cast<double>(width_)));
  }
}

double Decoder::memory_bytes(const model::ModelConfig& config, Precision precision, int threads) {
  const double channels = 2.0 * config.width + 4.0 * config.attention_width + config.ff_width;
  return KvCache::memory_bytes(config, slots_of(config), precision) +
         threads * AttentionScratch::memory_bytes(config, precision) +
         kBlock * sizeof(float) * channels;
}

KvCache Decoder::new_cache() {
  KvCache cache(config_, slots_of(config_), weights_.precision);
  cache.take_memory(pool_);
  return cache;
}

void Decoder::read(std::span<const Passage> passages, Wanted wanted, float* logits) {
  Block block{passages, passages.size() == 1 ? passages[0].tokens.size() : passages.size()};
  block.common = block.position(0);
  for (std::size_t n = 1; n < passages.size(); ++n) {
    block.common = std::min(block.common, block.cache(0).common(block.cache(n)));
  }
  const std::size_t N = block.N;
  PNO_CHECK(N > 0 && N <= as_size(kBlock), "a block has 1 to kBlock tokens");
  embed(block);
  // After the last layer's keys and values only the rows matter whose logits are wanted.
  const std::size_t first_wanted = wanted == Wanted::all ? 0 : wanted == Wanted::last ? N - 1 : N;
  for (int layer = 0; layer < config_.layers; ++layer) {
    const std::size_t first = layer + 1 < config_.layers ? 0 : first_wanted;
    attention_block(block, layer, first);
    feed_forward_block(block, weights_.layers[as_size(layer)], first);
  }
  for (const auto& passage : passages) {
    passage.cache->advance(static_cast<std::int64_t>(passage.tokens.size()));
  }
  if (first_wanted == N) return;
  normalise(weights_.final_norm, first_wanted, N - first_wanted);
  apply(weights_.output, {.x = {normal_.get(), width_},
                          .out = {logits, as_size(weights_.output.rows)},
                          .N = N - first_wanted,
                          .rows_alone = !block.is_of_one()});
}

// x = sqrt(C) · embedding[token] (+ sinusoid)
void Decoder::embed(const Block& block) {
  const float factor = std::sqrt(static_cast<float>(width_));
  for (std::size_t n = 0; n < block.N; ++n) {
    float* x = x_.get() + n * width_;
    std::copy_n(weights_.embedding + block.token(n) * width_, width_, x);
    scale(factor, x, width_);
    if (!wave_numbers_.empty()) add_sinusoid(block.position(n), x);
  }
}

// Vaswani et al. 2017, section 3.5.
void Decoder::add_sinusoid(std::int64_t position, float* x) const {
  for (std::size_t channel = 0; channel < width_; channel += 2) {
    const double angle = static_cast<double>(position) * wave_numbers_[channel / 2];
    x[channel] += static_cast<float>(std::sin(angle));
    if (channel + 1 < width_) x[channel + 1] += static_cast<float>(std::cos(angle));
  }
}

// x += attention_out · attention(norm(x)), for the rows from first_kept on.
void Decoder::attention_block(const Block& block, int layer, std::size_t first_kept) {
  const LayerWeights& weights = weights_.layers[as_size(layer)];
  const std::size_t A = attention_width_, N = block.N;
  normalise(weights.attention_norm, 0, N);
  apply(weights.qkv, {.x = {normal_.get(), width_},
                      .out = {qkv_.get(), 3 * A},
                      .N = N,
                      .rows_alone = !block.is_of_one()});
  const float query_scale = 1.0F / std::sqrt(static_cast<float>(config_.head_width()));
  for_rows(N, [&](std::size_t begin, std::size_t count) {
    for (std::size_t n = begin; n < begin + count; ++n) {
      float* qkv = qkv_.get() + n * 3 * A;
      scale(query_scale, qkv, A);
      block.cache(n).put(layer, block.position(n), qkv + A, qkv + 2 * A);
    }
  });
  if (first_kept == N) return;
  attend_all_heads(block, layer, first_kept);
  apply(weights.attention_out, {.x = {attended_.get() + first_kept * A, A},
                                .out = {x_.get() + first_kept * width_, width_},
                                .N = N - first_kept,
                                .accumulate = true,
                                .rows_alone = !block.is_of_one()});
}

// As many pieces as leave a few tasks for each thread.
std::size_t Decoder::pieces_of_task(std::size_t pieces) const {
  constexpr std::size_t kTasksOfThread = 2;
  const std::size_t heads = as_size(config_.heads);
  const std::size_t wanted_tasks =
      pool_.threads() == 1 ? 1 : as_size(pool_.threads()) * kTasksOfThread;
  const std::size_t groups = std::min(pieces, (wanted_tasks + heads - 1) / heads);
  return std::min(as_size(kAttentionRows), (pieces + groups - 1) / groups);
}

// A task is one head and a group of rows: neighbours of one cache, or pieces that are read
// together, which share what is read of the relative tables, and of where they came from.
void Decoder::attend_all_heads(const Block& block, int layer, std::size_t first_kept) {
  const LayerWeights& weights = weights_.layers[as_size(layer)];
  const std::size_t A = attention_width_, D = as_size(config_.head_width());
  const std::size_t N = block.N - first_kept;
  const std::size_t rows_of_group = block.is_of_one() ? as_size(kAttentionRows) : pieces_of_task(N);
  const std::size_t groups = (N + rows_of_group - 1) / rows_of_group;
  const auto work = [&](int task, int worker) {
    const std::size_t head = as_size(task) / groups, group = as_size(task) % groups;
    const std::size_t begin = first_kept + group * rows_of_group;
    const std::size_t count = std::min(rows_of_group, block.N - begin);
    const ConstMatrix queries{qkv_.get() + begin * 3 * A + head * D, 3 * A};
    const Matrix out{attended_.get() + begin * A + head * D, A};
    const auto table = [&](const std::vector<HeadRows>& tables) {
      return tables.empty() ? HeadRows() : tables[head];
    };
    const auto head_of = [&](std::size_t n) {
      return AttentionHead{.keys = block.cache(n).keys(layer, static_cast<int>(head)),
                           .values = block.cache(n).values(layer, static_cast<int>(head)),
                           .relative_keys = table(weights.relative_keys),
                           .relative_values = table(weights.relative_values)};
    };
    AttentionScratch& scratch = scratch_[as_size(worker)];
    if (block.is_of_one()) {
      attend(config_, block.cache(begin), head_of(begin), queries, block.position(begin), count,
             out, scratch);
      return;
    }
    std::array<PieceHead, kAttentionRows> pieces;
    for (std::size_t n = 0; n < count; ++n) {
      pieces.at(n) = {&block.cache(begin + n), block.position(begin + n), head_of(begin + n)};
    }
    attend_together(config_, std::span(pieces).first(count), block.common, queries, out, scratch);
  };
  std::size_t seen = 0;  // keys, by all rows
  for (std::size_t n = first_kept; n < block.N; ++n) {
    const std::int64_t position = block.position(n);
    seen += static_cast<std::size_t>(position + 1 - oldest_visible(config_, position));
  }
  const auto tasks = static_cast<int>(as_size(config_.heads) * groups);
  if (seen * A < kLeastSharedWork) {
    for (int task = 0; task < tasks; ++task) work(task, 0);
  } else {
    pool_.run(tasks, work);
  }
}

// x += ff_out · activation(ff_in · norm(x)), for the rows from `first` on.
void Decoder::feed_forward_block(const Block& block, const LayerWeights& layer, std::size_t first) {
  const std::size_t N = block.N - first;
  if (N == 0) return;
  normalise(layer.ff_norm, first, N);
  apply(layer.ff_in, {.x = {normal_.get(), width_},
                      .out = {hidden_.get(), ff_width_},
                      .N = N,
                      .after = After::activation,
                      .rows_alone = !block.is_of_one()});
  apply(layer.ff_out, {.x = {hidden_.get(), ff_width_},
                       .out = {x_.get() + first * width_, width_},
                       .N = N,
                       .accumulate = true,
                       .rows_alone = !block.is_of_one()});
}

// normal [count, C] = norm(x), from row `first` on.
void Decoder::normalise(const Norm& norm, std::size_t first, std::size_t count) {
  for_rows(count, [&](std::size_t begin, std::size_t rows) {
    for (std::size_t n = begin; n < begin + rows; ++n) {
      layer_norm(x_.get() + (first + n) * width_, norm.weight, norm.bias,
                 normal_.get() + n * width_, width_);
    }
  });
}

template <class Work>
void Decoder::for_rows(std::size_t N, const Work& work) {
  const auto part = [&](int index, int) {
    const std::size_t first = as_size(index) * kRowsTogether;
    work(first, std::min(kRowsTogether, N - first));
  };
  pool_.run(static_cast<int>((N + kRowsTogether - 1) / kRowsTogether), part);
}

void Decoder::quantise_rows(ConstMatrix x, std::size_t N, std::size_t K) {
  for_rows(N, [&](std::size_t first, std::size_t count) {
    quantise({x.data + first * x.stride, x.stride}, count, K,
             {quantised_.numbers + first * quantised_.stride_bytes, quantised_.stride_bytes,
              quantised_.scales + first, quantised_.sums + first});
  });
}

void Decoder::apply(const Linear& linear, const Application& of) {
  const std::size_t N = of.N, M = as_size(linear.rows), K = as_size(linear.columns);
  const auto activate = config_.activation == model::Activation::gelu ? gelu : relu;
  if (weights_.precision == Precision::int8) quantise_rows(of.x, N, K);
  const auto rows = [&](std::size_t first, std::size_t count) {
    const Matrix out{of.out.data + first, of.out.stride};
    const float* bias = linear.bias == nullptr ? nullptr : linear.bias + first;
    if (weights_.precision == Precision::f32) {
      multiply({.x = of.x,
                .w = {linear.weight + first * K, K},
                .out = out,
                .N = N,
                .M = count,
                .K = K,
                .bias = bias,
                .accumulate = of.accumulate,
                .rows_alone = of.rows_alone});
    } else {
      Panels panels = linear.panels;
      panels.data += first / kPanelRows * panels.panel_size_bytes;
      if (panels.scales != nullptr) panels.scales += first;
      multiply_panels({of.x, quantised_, panels, out, N, count, K, bias, of.accumulate});
    }
    if (of.after == After::nothing) return;
    for (std::size_t n = 0; n < N; ++n) activate(out.data + n * out.stride, count);
  };
  if (pool_.threads() == 1 || N * M * K < kLeastSharedWork) {
    rows(0, M);
    return;
  }
  const std::size_t wanted_parts = as_size(pool_.threads()) * kPartsOfThread;
  const std::size_t rows_of_part =
      std::max<std::size_t>(1, M / wanted_parts / kRowsOfPart) * kRowsOfPart;
  const auto parts = static_cast<int>((M + rows_of_part - 1) / rows_of_part);
  pool_.run(parts, [&](int part, int) {
    const std::size_t first = as_size(part) * rows_of_part;
    rows(first, std::min(rows_of_part, M - first));
  });
}

}  // namespace pno::infer
