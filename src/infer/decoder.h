#pragma once

// The transformer: tokens in, logits out, keys and values into a cache. Session (infer/session.h)
// decides what happens when the cache is full.
//
// N rows (tokens), V vocabulary, C width, A attention_width, F ff_width

#include <cstdint>
#include <span>
#include <vector>

#include "infer/attention.h"
#include "infer/kernels/aligned_array.h"
#include "infer/kernels/thread_pool.h"
#include "infer/kv_cache.h"
#include "infer/token_batch.h"
#include "infer/weights.h"
#include "model/config.h"

namespace pno::infer {

// Not thread-safe: one call at a time.
class Decoder {
 public:
  // The most rows of one pass over the weights.
  static constexpr int kBlock = 128;
  // Positions that a cache keeps beyond the context, so that eight seconds of music, at up to 128
  // tokens a second, can be taken back.
  static constexpr int kRewindPositions = 1024;

  // `config` and `weights` must outlive this. Allocates everything that read() uses. Throws
  // std::bad_alloc.
  Decoder(const model::ModelConfig& config, const Weights& weights, int threads);

  // Memory of a Decoder and one cache.
  static double memory_bytes(const model::ModelConfig& config, Precision precision, int threads);

  // A cache for a context and kRewindPositions. Throws std::bad_alloc.
  KvCache new_cache();
  int threads() const { return pool_.threads(); }

  enum class Logits { none, last, all };

  // Reads one sequence of 1 to kBlock tokens, or 2 to kBlock sequences of one token each with
  // different caches. Writes no logits, those after the last row [V], or those after every row
  // [N, V]. Each of several sequences gets the bytes that it gets alone. Does not allocate.
  void read(std::span<const TokenSequence> sequences, Logits wanted, float* logits);

 private:
  // Each of these computes the rows from `first` on.
  void embed(const TokenBatch& batch);
  void attention_block(const TokenBatch& batch, int layer, std::size_t first);
  void feed_forward_block(const TokenBatch& batch, int layer, std::size_t first);
  void output_logits(const TokenBatch& batch, std::size_t first, float* logits);

  void add_sinusoid(std::int64_t position, float* x) const;
  void put_keys_and_values(const TokenBatch& batch, int layer);
  void attend_all_heads(const TokenBatch& batch, int layer, std::size_t first);
  // Attention of one head for the rows first … first + count - 1.
  struct HeadTask {
    int layer = 0;
    std::size_t head = 0, first = 0, count = 0;
  };
  void attend_head(const TokenBatch& batch, const HeadTask& task, AttentionScratch& scratch);
  AttentionHead attention_head(const KvCache& cache, int layer, std::size_t head) const;
  std::size_t rows_per_task(const TokenBatch& batch, std::size_t rows) const;
  void normalise(const Norm& norm, std::size_t first, std::size_t count);

  struct LinearCall {
    ConstMatrix x;  // [N, columns]
    Matrix out;     // [N, rows]
    std::size_t N = 0;
    bool accumulate = false;        // out += instead of =
    bool activate = false;          // out = activation(linear(x))
    bool independent_rows = false;  // as in Product
  };
  // Splits the rows of the weights among the threads.
  void apply(const Linear& linear, const LinearCall& call);
  void apply_rows(const Linear& linear, const LinearCall& call) const;
  void quantise_rows(ConstMatrix x, std::size_t N, std::size_t K);
  // Calls work(first, count) until rows 0 … N - 1 are covered, on all threads.
  template <class Work>
  void for_rows(std::size_t N, const Work& work);

  const model::ModelConfig& config_;
  const Weights& weights_;
  std::size_t width_, attention_width_, ff_width_;
  std::vector<double> wave_numbers_;  // [C / 2, rounded up], radians per position; or empty
  ThreadPool pool_;
  std::vector<AttentionScratch> scratch_;  // one for each thread
  // One row for each token.
  FloatArray x_;         // [kBlock, C], the residual stream
  FloatArray normal_;    // [kBlock, C], after a norm
  FloatArray qkv_;       // [kBlock, 3A]
  FloatArray attended_;  // [kBlock, A], head by head
  FloatArray hidden_;    // [kBlock, F], after the activation
  // int8 only: the input of a linear layer, [kBlock, max(C, A, F)].
  AlignedArray<std::byte> quantised_values_;
  FloatArray quantised_scales_;
  AlignedArray<std::int32_t> quantised_sums_;
  QuantisedRows quantised_;
};

}  // namespace pno::infer
