#pragma once

// The piece of a session for the rules of valid music (infer/music/music_sampler.h). It can go back
// to any position that the session can rewind to.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "events/vocabulary.h"
#include "infer/music/music_sampler.h"

namespace pno::api {

class Piece {
 public:
  // Remembers the last `reach` tokens. `options` are valid.
  Piece(const events::Vocabulary& vocabulary, const infer::DrawOptions& options, std::uint64_t seed,
        std::size_t reach);
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;

  // read(), draw(), take_back() and restart() do not allocate.
  void read(events::Token token) noexcept;
  // The next token; empty if no allowed event has a finite logit.
  std::optional<events::Token> draw(std::span<const float> logits) { return now_.draw(logits); }
  // Takes back the last `count` tokens, at most remembered(). The random stream continues.
  void take_back(std::size_t count);
  void restart();

  // Becomes a copy of `other`. Does not allocate if both have the same options.
  void copy_from(const Piece& other);

  // Replaces the options by other valid ones; the random stream continues.
  void use(const infer::DrawOptions& options);
  // Replaces the options, and starts the random stream of `seed`.
  void reseed(const infer::DrawOptions& options, std::uint64_t seed);

  std::size_t remembered() const { return size_; }
  std::int64_t mended() const { return now_.mended(); }

 private:
  events::Token& recent(std::size_t index) { return recent_[(first_ + index) % recent_.size()]; }

  events::Vocabulary vocabulary_;
  infer::MusicSampler now_;
  infer::MusicSampler before_;  // the state before the remembered tokens
  infer::MusicSampler blank_;   // the state before the first token
  std::vector<events::Token> recent_;
  std::size_t first_ = 0, size_ = 0;
};

}  // namespace pno::api
