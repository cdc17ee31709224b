#pragma once

// The transformer itself: tokens in, logits out, keys and values kept. One window of music; what
// happens at its end is Session's matter.
//
// N tokens, V vocabulary, C width, A attention_width, F ff_width

#include <cstdint>
#include <span>
#include <vector>

#include "events/vocabulary.h"
#include "infer/attention.h"
#include "infer/float_array.h"
#include "infer/kv_cache.h"
#include "infer/thread_pool.h"
#include "infer/weights.h"
#include "model/config.h"

namespace pno::infer {

class Decoder {
 public:
  // Tokens that are read together: enough that the weights are read once for many.
  static constexpr int kBlock = 128;

  // `config` and `weights` outlive this. All memory is taken here.
  Decoder(const model::ModelConfig& config, const Weights& weights, int threads);

  // What a Decoder takes.
  static double memory_bytes(const model::ModelConfig& config, int threads);

  enum class Wanted { nothing, last, all };

  // Reads up to kBlock tokens at the next positions. Writes their logits: none, those after the
  // last token [V], or after every token [N, V]. Takes no memory.
  void read(std::span<const events::Token> tokens, Wanted wanted, float* logits);

  // Tokens in the window so far: the position of the next.
  std::int64_t position() const { return position_; }
  void restart() { position_ = 0; }

 private:
  void embed(std::span<const events::Token> tokens);
  void add_sinusoid(std::int64_t position, float* x) const;
  void attention_block(int layer, std::size_t N, std::size_t first_kept);
  void feed_forward_block(const LayerWeights& layer, std::size_t first, std::size_t N);
  void attend_all_heads(int layer, std::size_t N, std::size_t first_kept);
  void normalise(const Norm& norm, std::size_t first, std::size_t N);

  // out (+)= linear(x), and relu or gelu of it where asked for.
  enum class After { nothing, activation };
  void apply(const Linear& linear, ConstMatrix x, Matrix out, std::size_t N, bool accumulate,
             After after = After::nothing);

  const model::ModelConfig& config_;
  const Weights& weights_;
  std::size_t width_, attention_width_, ff_width_;
  std::vector<double> wave_numbers_;  // [C / 2, rounded up], radians a position; or empty
  KvCache cache_;
  ThreadPool pool_;
  std::vector<AttentionScratch> scratch_;  // one for each thread
  // Of the tokens being read, a row each.
  FloatArray x_;         // [kBlock, C], the residual stream
  FloatArray normal_;    // [kBlock, C]
  FloatArray qkv_;       // [kBlock, 3A]
  FloatArray attended_;  // [kBlock, A]
  FloatArray hidden_;    // [kBlock, F]
  std::int64_t position_ = 0;
};

}  // namespace pno::infer
