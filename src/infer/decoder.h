#pragma once

// The transformer itself: tokens in, logits out, keys and values into a cache. What happens at the
// end of a window is Session's matter.
//
// N tokens, V vocabulary, C width, A attention_width, F ff_width

#include <cstdint>
#include <span>
#include <vector>

#include "events/vocabulary.h"
#include "infer/attention.h"
#include "infer/kernels/aligned_array.h"
#include "infer/kernels/thread_pool.h"
#include "infer/kv_cache.h"
#include "infer/weights.h"
#include "model/config.h"

namespace pno::infer {

class Decoder {
 public:
  // Tokens that are read together: enough that the weights are read once for many.
  static constexpr int kBlock = 128;

  // `config` and `weights` outlive this. All memory is taken here.
  Decoder(const model::ModelConfig& config, const Weights& weights, int threads);

  // What a Decoder and one cache take.
  static double memory_bytes(const model::ModelConfig& config, Precision precision, int threads);

  // A cache with room for a context and a block.
  KvCache new_cache();
  int threads() const { return pool_.threads(); }

  // Tokens of one piece at the next positions of its cache.
  struct Passage {
    KvCache* cache = nullptr;
    std::span<const events::Token> tokens;
  };
  enum class Wanted { nothing, last, all };

  // Reads one passage of up to kBlock tokens, or up to kBlock passages of one token, each of
  // another cache. Writes the logits: none, those after the last token [V], or after every token
  // [N, V]. Takes no memory. Passages of one token give the bytes that each gives alone.
  void read(std::span<const Passage> passages, Wanted wanted, float* logits);

 private:
  // The tokens being read, a row each.
  struct Block {
    std::span<const Passage> passages;
    std::size_t N = 0;
    std::int64_t common = 0;  // positions before it are the same in all caches
    bool is_of_one() const { return passages.size() == 1; }
    // What row n belongs to.
    KvCache& cache(std::size_t n) const { return *passages[is_of_one() ? 0 : n].cache; }
    std::int64_t position(std::size_t n) const {
      return is_of_one() ? passages[0].cache->position() + static_cast<std::int64_t>(n)
                         : passages[n].cache->position();
    }
    events::Token token(std::size_t n) const {
      return is_of_one() ? passages[0].tokens[n] : passages[n].tokens[0];
    }
  };
  void embed(const Block& block);
  void add_sinusoid(std::int64_t position, float* x) const;
  void attention_block(const Block& block, int layer, std::size_t first_kept);
  void attend_all_heads(const Block& block, int layer, std::size_t first_kept);
  std::size_t pieces_of_task(std::size_t pieces) const;
  void feed_forward_block(const Block& block, const LayerWeights& layer, std::size_t first);
  void normalise(const Norm& norm, std::size_t first, std::size_t count);

  // out (+)= linear(x), and relu or gelu of it where asked for.
  enum class After { nothing, activation };
  struct Application {
    ConstMatrix x;
    Matrix out;
    std::size_t N = 0;  // rows
    bool accumulate = false;
    After after = After::nothing;
    bool rows_alone = false;  // as in Product
  };
  void apply(const Linear& linear, const Application& of);
  void quantise_rows(ConstMatrix x, std::size_t N, std::size_t K);
  // Calls work(first, count) for rows 0 … N - 1, some at a time, on all threads.
  template <class Work>
  void for_rows(std::size_t N, const Work& work);

  const model::ModelConfig& config_;
  const Weights& weights_;
  std::size_t width_, attention_width_, ff_width_;
  std::vector<double> wave_numbers_;  // [C / 2, rounded up], radians a position; or empty
  ThreadPool pool_;
  std::vector<AttentionScratch> scratch_;  // one for each thread
  // A row for each token being read.
  FloatArray x_;         // [kBlock, C], the residual stream
  FloatArray normal_;    // [kBlock, C]
  FloatArray qkv_;       // [kBlock, 3A]
  FloatArray attended_;  // [kBlock, A]
  FloatArray hidden_;    // [kBlock, F]
  // In int8: what is about to be multiplied, [kBlock, the widest of all].
  AlignedArray<std::byte> numbers_;
  FloatArray scales_;
  AlignedArray<std::int32_t> sums_;
  QuantisedRows quantised_;
};

}  // namespace pno::infer
