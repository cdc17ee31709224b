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

// A linear layer is split among threads into parts of a multiple of this many rows: a multiple of
// every tile's width, so that a part gives the same bytes as the whole.
constexpr std::size_t kPartRows = 32;
// Rows of activations that one thread takes at a time for norms and quantisation.
constexpr std::size_t kRowsTogether = 16;
// Multiply-adds, about ten microseconds: with fewer, handing work to threads costs more than it
// saves.
constexpr std::size_t kMinSharedWork = 1 << 16;
// Parts per thread, so that a thread that starts late does not delay the others.
constexpr std::size_t kPartsPerThread = 4;

constexpr std::size_t as_size(int value) {
  return static_cast<std::size_t>(value);
}

FloatArray block_rows(std::size_t width) {
  return FloatArray(as_size(Decoder::kBlock) * width);
}

// A block is written before its first position attends, which must still see a full context.
static_assert(Decoder::kRewindPositions >= Decoder::kBlock);
std::size_t cache_slots(const model::ModelConfig& config) {
  return as_size(config.context) + as_size(Decoder::kRewindPositions);
}

// The first of N rows whose logits are wanted; N if none are.
std::size_t first_row_with_logits(Decoder::Logits wanted, std::size_t N) {
  switch (wanted) {
    case Decoder::Logits::all:
      return 0;
    case Decoder::Logits::last:
      return N - 1;
    case Decoder::Logits::none:
      break;
  }
  return N;
}

}  // namespace

Decoder::Decoder(const model::ModelConfig& config, const Weights& weights, int threads)
    : config_(config),
      weights_(weights),
      width_(as_size(config.width)),
      attention_width_(as_size(config.attention_width)),
      ff_width_(as_size(config.ff_width)),
      pool_(threads),
      x_(block_rows(width_)),
      normal_(block_rows(width_)),
      qkv_(block_rows(3 * attention_width_)),
      attended_(block_rows(attention_width_)),
      hidden_(block_rows(ff_width_)) {
  for (int thread = 0; thread < threads; ++thread) {
    scratch_.emplace_back(config, weights.precision);
  }
  if (weights.precision == Precision::int8) {
    const std::size_t widest = std::max({width_, attention_width_, ff_width_});
    quantised_values_ = AlignedArray<std::byte>(as_size(kBlock) * quantised_bytes(widest));
    quantised_scales_ = block_rows(1);
    quantised_sums_ = AlignedArray<std::int32_t>(as_size(kBlock));
    quantised_ = {quantised_values_.get(), quantised_bytes(widest), quantised_scales_.get(),
                  quantised_sums_.get()};
  }
  if (!config.has_sinusoids()) return;
  for (std::size_t channel = 0; channel < width_; channel += 2) {
    wave_numbers_.push_back(
        std::pow(10000.0, -static_cast<double>(channel) / static_cast<double>(width_)));
  }
}

double Decoder::memory_bytes(const model::ModelConfig& config, Precision precision, int threads) {
  const double channels = 2.0 * config.width + 4.0 * config.attention_width + config.ff_width;
  return KvCache::memory_bytes(config, cache_slots(config), precision) +
         threads * AttentionScratch::memory_bytes(config, precision) +
         kBlock * sizeof(float) * channels;
}

KvCache Decoder::new_cache() {
  KvCache cache(config_, cache_slots(config_), weights_.precision);
  cache.touch_pages(pool_);
  return cache;
}

// The formula of model/reference.cpp:
//
//   x = sqrt(C) (embedding[token] (+ role_embedding[role - 1]))  (+ sinusoid)
//   each layer:  x += attention_out · attention(attention_norm(x))
//                x += ff_out · activation(ff_in · ff_norm(x))
//   logits = output · final_norm(x)
//
// After the keys and values of the last layer, only rows whose logits are wanted are computed.
void Decoder::read(std::span<const TokenSequence> sequences, Logits wanted, float* logits) {
  const TokenBatch batch(sequences);
  PNO_CHECK(batch.size() > 0 && batch.size() <= as_size(kBlock), "a block has 1 to kBlock tokens");
  const std::size_t first_wanted = first_row_with_logits(wanted, batch.size());
  embed(batch);
  for (int layer = 0; layer < config_.layers; ++layer) {
    const std::size_t first = layer + 1 < config_.layers ? 0 : first_wanted;
    attention_block(batch, layer, first);
    feed_forward_block(batch, layer, first);
  }
  output_logits(batch, first_wanted, logits);
  batch.advance_caches();
}

// reference: x = std::sqrt(C) * (embedding[token] + role[c]) (+ sinusoid(t, c, C))
void Decoder::embed(const TokenBatch& batch) {
  const float factor = std::sqrt(static_cast<float>(width_));
  for (std::size_t n = 0; n < batch.size(); ++n) {
    float* x = x_.get() + n * width_;
    std::copy_n(weights_.embedding + batch.token(n) * width_, width_, x);
    if (const auto role = static_cast<std::size_t>(batch.role(n)); role > 0) {
      const float* const vector = weights_.role_embedding + (role - 1) * width_;
      for (std::size_t c = 0; c < width_; ++c) x[c] += vector[c];
    }
    scale(factor, x, width_);
    if (!wave_numbers_.empty()) add_sinusoid(batch.position(n), x);
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

// x += attention_out · attention(attention_norm(x)). Keys and values are computed for all rows.
void Decoder::attention_block(const TokenBatch& batch, int layer, std::size_t first) {
  const LayerWeights& weights = weights_.layers[as_size(layer)];
  const std::size_t A = attention_width_, N = batch.size();
  normalise(weights.attention_norm, 0, N);
  apply(weights.qkv, {.x = {normal_.get(), width_},
                      .out = {qkv_.get(), 3 * A},
                      .N = N,
                      .independent_rows = !batch.is_one_sequence()});
  put_keys_and_values(batch, layer);
  if (first == N) return;
  attend_all_heads(batch, layer, first);
  apply(weights.attention_out, {.x = {attended_.get() + first * A, A},
                                .out = {x_.get() + first * width_, width_},
                                .N = N - first,
                                .accumulate = true,
                                .independent_rows = !batch.is_one_sequence()});
}

// Scales the queries by 1 / sqrt(D) and moves keys and values into the caches.
void Decoder::put_keys_and_values(const TokenBatch& batch, int layer) {
  const std::size_t A = attention_width_;
  const float query_scale = 1.0F / std::sqrt(static_cast<float>(config_.head_width()));
  for_rows(batch.size(), [&](std::size_t begin, std::size_t count) {
    for (std::size_t n = begin; n < begin + count; ++n) {
      float* qkv = qkv_.get() + n * 3 * A;
      scale(query_scale, qkv, A);
      batch.cache(n).put(layer, batch.position(n), qkv + A, qkv + 2 * A);
    }
  });
}

// Rows of one attention task. Rows of one task share what they read of the relative tables and of a
// shared prefix, so a batch of sequences is cut only as far as the threads need.
std::size_t Decoder::rows_per_task(const TokenBatch& batch, std::size_t rows) const {
  if (batch.is_one_sequence()) return as_size(kAttentionRows);
  constexpr std::size_t kTasksPerThread = 2;
  const std::size_t heads = as_size(config_.heads);
  const std::size_t wanted_tasks =
      pool_.threads() == 1 ? 1 : as_size(pool_.threads()) * kTasksPerThread;
  const std::size_t groups = std::min(rows, (wanted_tasks + heads - 1) / heads);
  return std::min(as_size(kAttentionRows), (rows + groups - 1) / groups);
}

void Decoder::attend_all_heads(const TokenBatch& batch, int layer, std::size_t first) {
  const std::size_t rows = rows_per_task(batch, batch.size() - first);
  const std::size_t groups = (batch.size() - first + rows - 1) / rows;
  const auto work = [&](int task, int worker) {
    const std::size_t begin = first + as_size(task) % groups * rows;
    attend_head(batch,
                {.layer = layer,
                 .head = as_size(task) / groups,
                 .first = begin,
                 .count = std::min(rows, batch.size() - begin)},
                scratch_[as_size(worker)]);
  };
  std::size_t keys = 0;  // that all rows attend to
  for (std::size_t n = first; n < batch.size(); ++n) {
    const std::int64_t position = batch.position(n);
    keys += static_cast<std::size_t>(position + 1 - oldest_visible(config_, position));
  }
  const auto tasks = static_cast<int>(as_size(config_.heads) * groups);
  if (keys * attention_width_ < kMinSharedWork) {
    for (int task = 0; task < tasks; ++task) work(task, 0);
  } else {
    pool_.run(tasks, work);
  }
}

AttentionHead Decoder::attention_head(const KvCache& cache, int layer, std::size_t head) const {
  const LayerWeights& weights = weights_.layers[as_size(layer)];
  const auto table = [&](const std::vector<HeadRows>& tables) {
    return tables.empty() ? HeadRows() : tables[head];
  };
  return {.keys = cache.keys(layer, static_cast<int>(head)),
          .values = cache.values(layer, static_cast<int>(head)),
          .relative_keys = table(weights.relative_keys),
          .relative_values = table(weights.relative_values)};
}

void Decoder::attend_head(const TokenBatch& batch, const HeadTask& task,
                          AttentionScratch& scratch) {
  const std::size_t A = attention_width_, D = as_size(config_.head_width());
  const ConstMatrix queries{qkv_.get() + task.first * 3 * A + task.head * D, 3 * A};
  const Matrix out{attended_.get() + task.first * A + task.head * D, A};
  if (batch.is_one_sequence()) {
    const KvCache& cache = batch.cache(0);
    return attend({.config = config_,
                   .cache = cache,
                   .head = attention_head(cache, task.layer, task.head),
                   .first = batch.position(task.first),
                   .N = task.count,
                   .queries = queries,
                   .out = out},
                  scratch);
  }
  std::array<SequenceHead, kAttentionRows> sequences;
  for (std::size_t n = 0; n < task.count; ++n) {
    const KvCache& cache = batch.cache(task.first + n);
    sequences.at(n) = {&cache, cache.position(), attention_head(cache, task.layer, task.head)};
  }
  attend_batch({.config = config_,
                .sequences = std::span(sequences).first(task.count),
                .shared_prefix = batch.shared_prefix(),
                .queries = queries,
                .out = out},
               scratch);
}

// x += ff_out · activation(ff_in · ff_norm(x))
void Decoder::feed_forward_block(const TokenBatch& batch, int layer, std::size_t first) {
  const LayerWeights& weights = weights_.layers[as_size(layer)];
  const std::size_t N = batch.size() - first;
  if (N == 0) return;
  normalise(weights.ff_norm, first, N);
  apply(weights.ff_in, {.x = {normal_.get(), width_},
                        .out = {hidden_.get(), ff_width_},
                        .N = N,
                        .activate = true,
                        .independent_rows = !batch.is_one_sequence()});
  apply(weights.ff_out, {.x = {hidden_.get(), ff_width_},
                         .out = {x_.get() + first * width_, width_},
                         .N = N,
                         .accumulate = true,
                         .independent_rows = !batch.is_one_sequence()});
}

// logits = output · final_norm(x)
void Decoder::output_logits(const TokenBatch& batch, std::size_t first, float* logits) {
  const std::size_t N = batch.size() - first;
  if (N == 0) return;
  normalise(weights_.final_norm, first, N);
  apply(weights_.output, {.x = {normal_.get(), width_},
                          .out = {logits, as_size(weights_.output.rows)},
                          .N = N,
                          .independent_rows = !batch.is_one_sequence()});
}

// normal [count, C] = norm(x), for rows of x from `first` on.
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
    quantise(x.from_row(first), count, K, quantised_.from_row(first));
  });
}

// out (+)= weight · x + bias, then the activation, for all rows of `linear`.
void Decoder::apply_rows(const Linear& linear, const LinearCall& call) const {
  const std::size_t N = call.N, M = as_size(linear.rows), K = as_size(linear.columns);
  if (weights_.precision == Precision::f32) {
    multiply({.x = call.x,
              .w = {linear.weight, K},
              .out = call.out,
              .N = N,
              .M = M,
              .K = K,
              .bias = linear.bias,
              .accumulate = call.accumulate,
              .independent_rows = call.independent_rows});
  } else {
    multiply_panels({.x = call.x,
                     .quantised = quantised_,
                     .w = linear.panels,
                     .out = call.out,
                     .N = N,
                     .M = M,
                     .K = K,
                     .bias = linear.bias,
                     .accumulate = call.accumulate});
  }
  if (!call.activate) return;
  const auto activation = config_.activation == model::Activation::gelu ? gelu : relu;
  for (std::size_t n = 0; n < N; ++n) activation(call.out.row(n), M);
}

void Decoder::apply(const Linear& linear, const LinearCall& call) {
  const std::size_t M = as_size(linear.rows), K = as_size(linear.columns);
  if (weights_.precision == Precision::int8) quantise_rows(call.x, call.N, K);
  if (pool_.threads() == 1 || call.N * M * K < kMinSharedWork) {
    apply_rows(linear, call);
    return;
  }
  const std::size_t wanted_parts = as_size(pool_.threads()) * kPartsPerThread;
  const std::size_t part_rows = std::max<std::size_t>(1, M / wanted_parts / kPartRows) * kPartRows;
  pool_.run(static_cast<int>((M + part_rows - 1) / part_rows), [&](int part, int) {
    const std::size_t first = as_size(part) * part_rows;
    LinearCall of_part = call;
    of_part.out = call.out.from_column(first);
    apply_rows(linear.row_range(first, std::min(part_rows, M - first)), of_part);
  });
}

}  // namespace pno::infer
