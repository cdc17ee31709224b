#pragma once

// The attention weights of every head at one position: they say what the model attends to when it
// draws the next event. They are computed when they are asked for, by passes of their own, so that
// generation does not pay for them.
//
// L layers, H heads, P positions, C width, A attention_width, F ff_width

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "events/vocabulary.h"
#include "infer/attention_scratch.h"
#include "infer/decoder.h"
#include "infer/engine.h"
#include "infer/kv_cache.h"

namespace pno::infer {

// Heads by layer and by their number in it, both counted from 1; 0: all.
struct HeadChoice {
  int layer = 0, head = 0;
};

// Not thread-safe: one call at a time.
class AttentionReader {
 public:
  // `threads` 0: those of the engine. Throws std::bad_alloc.
  explicit AttentionReader(std::shared_ptr<const Engine> engine, int threads = 0);

  // Reads the last P of `tokens`, a context at most, from position 0 on; all tokens have the role
  // `played`. Tokens that begin as those of the call before are not computed again. `tokens` is not
  // empty and its ids are in the vocabulary.
  void read(std::span<const events::Token> tokens);

  std::size_t positions() const { return window_.size(); }  // P
  int layers() const;
  int heads() const;
  // Attention weights [P] of the last token read: none negative, their sum is 1, and 0 for
  // positions that the head does not see. Valid until the next read().
  std::span<const float> weights(int layer, int head) const;
  // Their mean [P] over the chosen heads, which the model has.
  std::vector<float> mean_weights(const HeadChoice& of = {}) const;

 private:
  void observe(events::Token token, std::int64_t position);
  void attend_heads(int layer, std::int64_t position);
  float* row(int layer, int head);

  std::shared_ptr<const Engine> engine_;
  Decoder decoder_;
  KvCache cache_;
  AttentionScratch scratch_;
  std::vector<events::Token> window_;  // in the cache
  std::vector<float> weights_;         // [L, H, P]
  std::vector<float> x_;               // [C], the residual stream
  std::vector<float> normal_;          // [C], after a norm
  std::vector<float> qkv_;             // [3A]
  std::vector<float> attended_;        // [A]
  std::vector<float> hidden_;          // [F]
};

}  // namespace pno::infer
