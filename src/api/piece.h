#pragma once

// The piece that a session plays, as the rules of music know it: what sounds, what may come next;
// and the way back to any position that the session can rewind to.

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

  // These take no memory.
  void read(events::Token token) noexcept;
  // The next token; nothing where none that may come has a finite logit.
  std::optional<events::Token> draw(std::span<const float> logits) { return now_.draw(logits); }
  // Takes back the last `count` tokens, at most as many as are remembered. The dice go on.
  void take_back(std::size_t count);
  void restart();

  // Reads and draws as the other from now on. Takes no memory where the options are the same.
  void copy_from(const Piece& other);

  // Other options, valid ones; the dice go on.
  void use(const infer::DrawOptions& options);
  // Other dice.
  void roll(const infer::DrawOptions& options, std::uint64_t seed);

  std::size_t remembered() const { return size_; }
  std::int64_t mended() const { return now_.mended(); }

 private:
  events::Token& recent(std::size_t index) { return recent_[(first_ + index) % recent_.size()]; }

  events::Vocabulary vocabulary_;
  infer::MusicSampler now_;
  infer::MusicSampler before_;  // the piece before the tokens that are remembered
  infer::MusicSampler blank_;   // a piece of which nothing is read
  std::vector<events::Token> recent_;
  std::size_t first_ = 0, size_ = 0;
};

}  // namespace pno::api
