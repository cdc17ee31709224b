#pragma once

// New music from a model: reads a prime, then draws events until a limit is reached.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "infer/music/music_sampler.h"
#include "infer/music/wishes.h"
#include "infer/session.h"

namespace pno::infer {

struct GenerateOptions {
  DrawOptions draw = {};
  std::vector<events::Token> prime = {};  // empty: BOS only
  double seconds = 30;                    // of new music; 0: no limit
  std::int64_t tokens = 0;                // to draw; 0: no limit. One of the two limits must be set
  std::uint64_t seed = 1;
  std::uint64_t stream = 0;  // random stream of the first piece; piece i uses stream + i
  // Of a model with roles: what is asked (empty: Wishes of its vocabulary), how that changes,
  // sorted by seconds of new music, and the guidance (guided_session.h; 1: none).
  std::optional<Wishes> wishes = {};
  std::vector<WishChange> changes = {};
  double guidance = 1;

  // Returns an error if an option is out of range or the prime does not fit `vocabulary`.
  Expected<void> validate(const events::Vocabulary& vocabulary) const;
};

// With a limit in seconds only, drawing also ends after this many tokens per second: dense piano
// music has 100, and an unconstrained model may repeat one chord forever.
inline constexpr std::int64_t kMaxTokensPerSecond = 400;

// The end of a piece: by the model, with EOS; by the limit in seconds or tokens; or by a signal.
enum class Ended : std::uint8_t { end, limit, interrupted };
constexpr auto enum_names(Ended) {
  return std::array{"end", "limit", "interrupted"};
}

struct Generated {
  std::vector<events::Token> tokens;  // the prime, the drawn events, and, unless the model
                                      // ended the piece, NOTE_OFFs of the sounding notes
  std::int64_t prime_tokens = 0;
  std::int64_t drawn_tokens = 0;
  std::array<std::int64_t, kFaults> mended{};  // draws that were repeated or mended, by Fault
  double first_token_ms = 0;                   // from the call to the first drawn token
  double seconds = 0;                          // duration of the call
  double draw_seconds = 0;                     // part of it after the first token
  bool too_dense = false;                      // stopped by kMaxTokensPerSecond
  Ended ended = Ended::limit;

  std::int64_t mended_total() const;
};

// BOS is never drawn; EOS only with `until_end`, and is then the last token. Unless unconstrained,
// the drawn events decode without mending, whatever the model, and every note ends. The prime may
// be longer than the context. `progress` counts drawn tokens. After an interrupt the piece ends
// there. Returns an error if the options are invalid or if the logits are not finite.
Expected<Generated> generate(const std::shared_ptr<const Engine>& engine,
                             const GenerateOptions& options, const ProgressFunction& progress);

// `count` pieces with the random streams options.stream, options.stream + 1, …: one pass over the
// weights draws a token of every piece. Each piece is bit for bit the one that generate() draws
// with its stream. The times in each result are those of the whole call.
Expected<std::vector<Generated>> generate_together(const std::shared_ptr<const Engine>& engine,
                                                   const GenerateOptions& options, int count,
                                                   const ProgressFunction& progress);

}  // namespace pno::infer
