#pragma once

// A sequence of tokens that is read with a KV cache to get the logits of the next token. It can be
// rewound and forked, and several sessions can be read with one pass over the weights.
//
// Each token has a role (events/roles.h), `played` unless another is given. Other roles are for
// models with roles, engine()->vocabulary().has_roles.
//
// N sessions, V outputs

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "events/roles.h"
#include "events/vocabulary.h"
#include "infer/engine.h"

namespace pno::infer {

// Not thread-safe: one call at a time. Functions documented as non-allocating also do not lock
// or do I/O. The same tokens on the same SIMD target give the same logits, bit for bit, with
// any number of threads.
class Session {
 public:
  // `threads` 0: those of the engine. Throws std::bad_alloc if memory for the cache is missing.
  explicit Session(std::shared_ptr<const Engine> engine, int threads = 0);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  const std::shared_ptr<const Engine>& engine() const;

  // Reads `tokens` block by block; returns the logits [V] after the last. `tokens` is not empty and
  // its ids are in the vocabulary. Valid until the next call. Does not allocate.
  std::span<const float> prefill(std::span<const events::Token> tokens,
                                 events::Role role = events::Role::played);
  // The same with a role for each token.
  std::span<const float> prefill(std::span<const events::Token> tokens,
                                 std::span<const events::Role> roles);

  // Reads `tokens`; returns the logits after every token, [tokens.size(), V], for likelihoods.
  // `roles` has one for each, or is empty: all played.
  std::vector<float> logits_of(std::span<const events::Token> tokens,
                               std::span<const events::Role> roles = {});

  // Reads one token; returns the logits [V] of the next. Valid until the next call. Does not
  // allocate. Beyond the context the oldest position leaves the cache; with absolute positions
  // (config().has_sinusoids()) the later half of a full context is read again from position 0.
  std::span<const float> step(events::Token token, events::Role role = events::Role::played);

  // The logits [V] after the last token read; empty if none was read, or after a rewind.
  std::span<const float> logits() const;

  // Forgets all tokens. Does not allocate.
  void reset();
  std::int64_t position() const;  // tokens read since the reset

  // Forgets the tokens from `position` on, which is earliest_rewind() … position(). Does not
  // allocate and does not recompute anything.
  void rewind(std::int64_t position);
  // 0 while the cache holds all tokens (the context and 1,024 more). After that, 1,025 tokens
  // before the furthest position read, or up to 31 more: a full context is still in the cache
  // there. With absolute positions, the position at which the later half was last read again.
  std::int64_t earliest_rewind() const;
  // More tokens than this are never taken back at once.
  static std::size_t most_rewind(const Engine& engine);

  // A session of the same engine and number of threads that has read the same tokens. Copies only
  // the used part of the cache. Throws std::bad_alloc.
  Session fork() const;
  // Makes this session, of the same engine, read the same tokens as `other`. Does not allocate.
  void copy_from(const Session& other);

 private:
  friend void step_together(std::span<Session* const> sessions,
                            std::span<const events::Token> tokens,
                            std::span<const events::Role> roles, std::span<float> logits);
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Session n reads token n with role n (all played if `roles` is empty), with one pass over the
// weights, on the threads of the first session. The sessions are different ones of one engine, at
// any positions. If they are at one position and forks of one session, their shared prefix is read
// once, too. Writes the logits [N, V], bit for bit those of step(). Does not allocate.
void step_together(std::span<Session* const> sessions, std::span<const events::Token> tokens,
                   std::span<const events::Role> roles, std::span<float> logits);
inline void step_together(std::span<Session* const> sessions, std::span<const events::Token> tokens,
                          std::span<float> logits) {
  step_together(sessions, tokens, /*roles=*/{}, logits);
}

}  // namespace pno::infer
