#include "train/attention/attention_composite_block.h"

#include <algorithm>
#include <limits>

#include "train/kernels/attention_dropout.h"

namespace pno::train::composite {
namespace {

using torch::Tensor;

// With this, the block's n×W matrices of a 1024-token crop fit the second-level cache.
constexpr std::int64_t kQueries = 64;

Tensor query_rows(const Tensor& x, const QueryBlock& block) {  // [N, n, D]
  return x.slice(1, block.first, block.last);
}
Tensor key_rows(const Tensor& x, const QueryBlock& block) {  // [N, W, D]
  return x.slice(1, block.first_key, block.last);
}
// Distances W-1 … 0, the last rows of a band: [N, W, D].
Tensor band_rows(const Tensor& band, const QueryBlock& block) {
  return band.slice(1, band.size(1) - block.keys());
}

// The skew of Music Transformer, as a view. In x [N, n, W] column c of a row is the distance W-1-c;
// in the result column j is key j. Row r begins n-1-r columns later, so the row stride is W-1.
// Columns of keys after the query contain elements of the next row, which must be masked.
Tensor skewed(const Tensor& x) {
  const auto n = x.size(1), width = x.size(2);
  return x.as_strided(x.sizes(), {n * width, width - 1, 1}, x.storage_offset() + n - 1);
}

// The inverse, for matrices that are zero after the query: with n-1 zero columns before each row,
// the distances are a view whose row stride is one longer.
struct Unskewed {
  Tensor keys;       // [N, n, W], to write: column j is key j
  Tensor distances;  // [N, n, W], the same memory: column c is the distance W-1-c

  explicit Unskewed(const Tensor& like) {
    const auto n = like.size(1), width = like.size(2), padded = n - 1 + width;
    const auto memory = torch::empty({like.size(0), n, padded}, like.options());
    memory.narrow(2, 0, n - 1).zero_();
    keys = memory.narrow(2, n - 1, width);
    distances = memory.as_strided(like.sizes(), {n * padded, padded + 1, 1});
  }
};

}  // namespace

std::vector<QueryBlock> query_blocks(std::int64_t length, std::int64_t local_block) {
  std::vector<QueryBlock> result;
  for (std::int64_t first = 0; first < length;) {
    std::int64_t last = std::min(first + kQueries, length);
    std::int64_t first_key = 0;
    if (local_block > 0) {
      const std::int64_t block_start = first / local_block * local_block;
      last = std::min(last, block_start + local_block);
      first_key = std::max<std::int64_t>(0, block_start - local_block);
    }
    result.push_back({first, last, first_key});
    first = last;
  }
  return result;
}

// The attention weights of a block [N, n, W]; scaled_q [N, n, D].
Tensor Heads::weights(const QueryBlock& block, const Tensor& scaled_q) const {
  const auto keys = key_rows(k, block).transpose(1, 2);
  Tensor logits;
  if (key_band.defined()) {
    const auto relative = torch::bmm(scaled_q, band_rows(key_band, block).transpose(1, 2));
    logits = torch::baddbmm(skewed(relative), scaled_q, keys);
  } else {
    logits = torch::bmm(scaled_q, keys);
  }
  const auto n = block.queries();
  const auto later = torch::ones({n, n}, logits.options().dtype(torch::kBool)).triu(1);
  logits.narrow(2, block.keys() - n, n)
      .masked_fill_(later, -std::numeric_limits<double>::infinity());
  return torch::softmax(logits, -1);
}

// Dropout factors of the block's weights [N, n, W], 0 or kept_factor(): WeightDropout::drops in
// tensor operations, with its 32-bit words in 64-bit integers.
Tensor Heads::mask(const QueryBlock& block, const Tensor& weights) const {
  const WeightDropout drop(dropout.rate, dropout.seed);
  const auto words = torch::TensorOptions(torch::kLong);
  auto row_keys = torch::empty({weights.size(0), block.queries(), 1}, words);
  auto* row_key = row_keys.data_ptr<std::int64_t>();
  for (std::int64_t pair = 0; pair < weights.size(0); ++pair) {
    for (std::int64_t query = block.first; query < block.last; ++query) {
      *row_key++ = drop.row_key(first_unit + pair, query);
    }
  }
  constexpr std::int64_t kWord = 0xFFFFFFFF;
  const auto keys = torch::arange(block.first_key, block.last, words.device(weights.device()));
  const auto word = keys.div(32, "floor").mul_(16).add_(keys.remainder(16));
  auto x = row_keys.to(weights.device()) ^ (word * std::int64_t{WeightDropout::kWordStep} & kWord);
  const auto shift_and_multiply = [&](std::int64_t shift, std::int64_t factor) {
    x = (x ^ x.bitwise_right_shift(shift)).mul_(factor).bitwise_and_(kWord);
  };
  shift_and_multiply(16, WeightDropout::kFirstFactor);
  shift_and_multiply(13, WeightDropout::kSecondFactor);
  x = x ^ x.bitwise_right_shift(16);
  const auto bits = torch::where(keys.remainder(32) < 16, x & 0xFFFF, x.bitwise_right_shift(16));
  return (bits >= static_cast<std::int64_t>(drop.threshold()))
      .to(weights.scalar_type())
      .mul_(drop.kept_factor());
}

void Heads::forward(const QueryBlock& block, const Tensor& out) const {
  auto p = weights(block, query_rows(q, block) * scale);
  if (dropout.rate > 0) p.mul_(mask(block, p));
  auto rows = query_rows(out, block);
  torch::bmm_out(rows, p, key_rows(v, block));
  if (value_band.defined()) {
    const Unskewed by_distance(p);
    by_distance.keys.copy_(p);
    rows.baddbmm_(by_distance.distances, band_rows(value_band, block));
  }
}

void Heads::backward(const QueryBlock& block, const Tensor& out, const Tensor& out_gradient,
                     Heads& into) const {
  const auto scaled_q = query_rows(q, block) * scale;
  const auto gradient = query_rows(out_gradient, block);
  const auto p = weights(block, scaled_q);
  const auto kept = dropout.rate > 0 ? mask(block, p) : Tensor();
  const auto dropped = kept.defined() ? p * kept : p;

  key_rows(into.v, block).baddbmm_(dropped.transpose(1, 2), gradient);
  auto p_gradient = torch::bmm(gradient, key_rows(v, block).transpose(1, 2));
  if (value_band.defined()) {
    const auto band = band_rows(value_band, block);
    p_gradient.add_(skewed(torch::bmm(gradient, band.transpose(1, 2))));
    const Unskewed by_distance(dropped);
    by_distance.keys.copy_(dropped);
    band_rows(into.value_band, block).baddbmm_(by_distance.distances.transpose(1, 2), gradient);
  }
  if (kept.defined()) p_gradient.mul_(kept);

  // Backward through the softmax. reference: dlogit[i, j] = a[i, j] (da[i, j] - sum over m of
  // a[i, m] da[i, m]), where the sum is that of out · out_gradient.
  const auto row_sum = (gradient * query_rows(out, block)).sum(-1, /*keepdim=*/true);
  const Unskewed s_gradient(p);
  auto s_rows = s_gradient.keys;
  torch::mul_out(s_rows, p, p_gradient.sub_(row_sum));

  auto q_gradient = query_rows(into.q, block);
  torch::bmm_out(q_gradient, s_rows, key_rows(k, block));
  key_rows(into.k, block).baddbmm_(s_rows.transpose(1, 2), scaled_q);
  if (key_band.defined()) {
    q_gradient.baddbmm_(s_gradient.distances, band_rows(key_band, block));
    band_rows(into.key_band, block).baddbmm_(s_gradient.distances.transpose(1, 2), scaled_q);
  }
  q_gradient.mul_(scale);
}

}  // namespace pno::train::composite
