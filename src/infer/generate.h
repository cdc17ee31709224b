#pragma once

// New music from a model: a prime is read, tokens are drawn until there is enough music.

#include <cstdint>
#include <functional>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "events/decode.h"
#include "infer/sampler.h"
#include "infer/session.h"

namespace pno::infer {

struct GenerateOptions {
  SamplerOptions sampler = {};
  std::vector<events::Token> prime = {};  // empty: BOS alone
  double seconds = 30;                    // of new music; 0: no limit
  std::int64_t tokens = 0;                // drawn; 0: no limit. One of the two limits is set
  bool until_end = false;                 // stop where the model draws EOS; else it draws none
  std::uint64_t seed = 1;
  std::uint64_t stream = 0;  // one for each of several pieces with one seed
};

// With a limit in seconds alone, drawing ends after this many tokens for each second too: dense
// piano music has 100, and a model stuck on one chord would never shift the time.
inline constexpr std::int64_t kMostTokensPerSecond = 400;

struct Generated {
  std::vector<events::Token> tokens;  // the prime as given, then what was drawn
  std::int64_t prime_tokens = 0;
  double first_token_ms = 0;  // from the call to the first drawn token
  double seconds = 0;         // that the call took
  double draw_seconds = 0;    // of it, after the first token
  bool too_dense = false;     // stopped by kMostTokensPerSecond
};

// BOS is never drawn; EOS only where `until_end` is set, and is then the last token. The prime may
// be longer than the context. `progress` counts drawn tokens. Fails where interrupted, where the
// options make no sense, or where the model gives no finite logits.
Expected<Generated> generate(std::shared_ptr<const Engine> engine, const GenerateOptions& options,
                             const ProgressFunction& progress);

}  // namespace pno::infer
