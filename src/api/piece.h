#pragma once

// The piece of a session for the rules of valid music (infer/music/music_sampler.h). It can go back
// to any position that the session can rewind to.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "events/roles.h"
#include "events/vocabulary.h"
#include "infer/engine.h"
#include "infer/music/music_sampler.h"
#include "infer/music/wishes.h"

namespace pno::api {

class Piece {
 public:
  // Remembers as many tokens as a session of the engine can take back. `options` are valid.
  Piece(const infer::Engine& engine, const infer::DrawOptions& options, std::uint64_t seed);
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;

  // read(), draw(), take_controls(), take_back() and restart() do not allocate.
  void read(events::Token token, events::Role role = events::Role::played) noexcept;
  // The control tokens to read before the next draw, mostly none. Valid until the next call.
  std::span<const events::Token> take_controls() noexcept { return wishes_.take_due(); }
  // The next token; empty if no allowed event has a finite logit.
  std::optional<events::Token> draw(std::span<const float> logits) { return now_.draw(logits); }
  // Takes back the last `count` tokens, at most remembered(). The random stream continues.
  void take_back(std::size_t count);
  void restart();

  // Becomes a copy of `other`. Does not allocate if both have the same options.
  void copy_from(const Piece& other);

  // Asks for a control of a model with roles; see infer::Wishes.
  Expected<void> ask(std::string_view name, std::string_view value) {
    return wishes_.set(name, value);
  }

  // Replaces the options by other valid ones; the random stream continues.
  void use(const infer::DrawOptions& options);
  // Replaces the options, and starts the random stream of `seed`.
  void reseed(const infer::DrawOptions& options, std::uint64_t seed);

  std::size_t remembered() const { return size_; }
  std::int64_t mended() const { return now_.mended(); }

 private:
  struct RoleToken {
    events::Token token = 0;
    events::Role role = events::Role::played;
  };
  RoleToken& recent(std::size_t index) { return recent_[(first_ + index) % recent_.size()]; }

  events::Vocabulary vocabulary_;
  infer::MusicSampler now_;
  infer::MusicSampler before_;  // the state before the remembered tokens
  infer::MusicSampler blank_;   // the state before the first token
  infer::Wishes wishes_;
  std::vector<RoleToken> recent_;
  std::size_t first_ = 0, size_ = 0;
};

}  // namespace pno::api
