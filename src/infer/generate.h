#pragma once

// New music from a model: a prime is read, events are drawn until there is enough music.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "infer/music/music_sampler.h"
#include "infer/session.h"

namespace pno::infer {

struct GenerateOptions {
  DrawOptions draw = {};
  std::vector<events::Token> prime = {};  // empty: BOS alone
  double seconds = 30;                    // of new music; 0: no limit
  std::int64_t tokens = 0;                // drawn; 0: no limit. One of the two limits is set
  std::uint64_t seed = 1;
  std::uint64_t stream = 0;  // of the first of several pieces with one seed
};

// With a limit in seconds alone, drawing ends after this many tokens for each second too: dense
// piano music has 100, and a model without constraints may stay on one chord for ever.
inline constexpr std::int64_t kMostTokensPerSecond = 400;

struct Generated {
  std::vector<events::Token> tokens;  // the prime as given, what was drawn, and where a limit
                                      // ended the piece, the ends of the notes that sounded
  std::int64_t prime_tokens = 0;
  std::int64_t drawn_tokens = 0;
  std::array<std::int64_t, kFaults> mended{};  // draws that had to be repeated, by Fault
  double first_token_ms = 0;                   // from the call to the first drawn token
  double seconds = 0;                          // that the call took
  double draw_seconds = 0;                     // of it, after the first token
  bool too_dense = false;                      // stopped by kMostTokensPerSecond

  std::int64_t mended_total() const;
};

// Whether a model of `vocabulary` can do it.
Expected<void> check(const GenerateOptions& options, const events::Vocabulary& vocabulary);

// What is said of a model that gives no finite logits.
tl::unexpected<Error> fail_not_finite();

// BOS is never drawn; EOS only with `until_end`, and is then the last token. Unless unconstrained,
// what is drawn decodes without mending, whatever the model, and every note ends. The prime may be
// longer than the context. `progress` counts drawn tokens. Fails where interrupted, where the
// options make no sense, or where the model gives no finite logits.
Expected<Generated> generate(const std::shared_ptr<const Engine>& engine,
                             const GenerateOptions& options, const ProgressFunction& progress);

// `count` pieces with the streams options.stream, options.stream + 1, …, in one pass over the
// weights for each token of all. Each is the same, to the last bit, as one by itself. The times in
// each are those of the whole call.
Expected<std::vector<Generated>> generate_together(const std::shared_ptr<const Engine>& engine,
                                                   const GenerateOptions& options, int count,
                                                   const ProgressFunction& progress);

}  // namespace pno::infer
