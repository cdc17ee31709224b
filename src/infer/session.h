#pragma once

// One piece of music being read with a KV cache, to know what may come next; and how to leave it,
// come back to it, and read several pieces with one pass over the weights.
//
// N sessions, V vocabulary

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "events/vocabulary.h"
#include "infer/engine.h"

namespace pno::infer {

// Not for two threads at once. What takes no memory takes no lock and no file either.
// Same tokens, same SIMD target: same logits to the last bit, whatever the number of threads.
class Session {
 public:
  // `threads` 0: the engine's. Throws std::bad_alloc where the cache has no room.
  explicit Session(std::shared_ptr<const Engine> engine, int threads = 0);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  const std::shared_ptr<const Engine>& engine() const;

  // Reads `tokens` block by block; returns the logits [V] after the last. tokens is not empty, ids
  // are in the vocabulary. Valid until the next call. Takes no memory.
  std::span<const float> prefill(std::span<const events::Token> tokens);

  // The same, with the logits after every token: [tokens.size(), V]; for likelihoods.
  std::vector<float> logits_of(std::span<const events::Token> tokens);

  // Reads one token; returns the logits [V] of the next. Takes no memory.
  // Past the context the oldest position leaves the cache; with absolute positions
  // (config().has_sinusoids()) the later half of a full context is read anew from position 0.
  std::span<const float> step(events::Token token);

  // The logits [V] after the last token read; empty where nothing is read, or after a rewind.
  std::span<const float> logits() const;

  // Forgets everything read. Takes no memory.
  void reset();
  std::int64_t position() const;  // tokens read since the reset

  // Forgets the tokens from `position` on: the next one is read there, as if those had never been.
  // `position` is earliest_rewind() … position(). Takes no memory and no time.
  void rewind(std::int64_t position);
  // How far back a rewind may go. While the cache holds everything read (the context and 128
  // positions more), 0. Once the window slides, what was pushed out would be missing: 129 tokens
  // before the furthest position read, to see a whole context from there. With absolute positions,
  // where the later half was last read anew.
  std::int64_t earliest_rewind() const;

  // A session of the same engine and number of threads that has read the same, to go on another
  // way. Copies of the cache what has been read, and nothing else.
  Session fork() const;
  // The same into this session, of the same engine, whose own music is forgotten. Takes no memory.
  void copy_from(const Session& other);

 private:
  friend void step_together(std::span<Session* const> sessions,
                            std::span<const events::Token> tokens, std::span<float> logits);
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Session n reads token n: each different sessions of one engine, at positions of their own, with
// one pass over the weights, and on the first one's threads. Of sessions at one position that are
// forks of one, what they share of the cache is read once, too. Writes the logits [N, V], which are
// those of step(), to the last bit. Takes no memory.
void step_together(std::span<Session* const> sessions, std::span<const events::Token> tokens,
                   std::span<float> logits);

}  // namespace pno::infer
