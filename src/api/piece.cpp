#include "api/piece.h"

#include <utility>

#include "base/error.h"

namespace pno::api {

using events::Token;
using infer::DrawOptions;
using infer::MusicSampler;

Piece::Piece(const events::Vocabulary& vocabulary, const DrawOptions& options, std::uint64_t seed,
             std::size_t reach)
    : vocabulary_(vocabulary),
      now_(vocabulary, options, seed),
      before_(vocabulary, options, seed),
      blank_(vocabulary, options, seed),
      recent_(reach) {
  PNO_CHECK(reach > 0, "a piece must remember at least one token");
}

void Piece::read(Token token) noexcept {
  now_.read(token);
  if (size_ == recent_.size()) {
    before_.read(recent(0));
    first_ = (first_ + 1) % recent_.size();
    --size_;
  }
  recent(size_++) = token;
}

void Piece::take_back(std::size_t count) {
  PNO_CHECK(count <= size_, "take_back() beyond the remembered tokens");
  size_ -= count;
  now_.rewind_to(before_);
  for (std::size_t i = 0; i < size_; ++i) now_.read(recent(i));
}

void Piece::restart() {
  first_ = size_ = 0;
  before_.rewind_to(blank_);
  now_.rewind_to(blank_);
}

void Piece::copy_from(const Piece& other) {
  PNO_CHECK(other.recent_.size() == recent_.size(), "copy_from() needs a piece of the same model");
  now_ = other.now_;
  before_ = other.before_;
  blank_ = other.blank_;
  recent_ = other.recent_;
  first_ = other.first_;
  size_ = other.size_;
}

void Piece::use(const DrawOptions& options) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < size_; ++i) tokens.push_back(recent(i));
  now_.use(options, tokens);
  before_.use(options, /*recent=*/{});
  blank_.use(options, /*recent=*/{});
}

void Piece::reseed(const DrawOptions& options, std::uint64_t seed) {
  use(options);
  MusicSampler other(vocabulary_, options, seed);
  other.rewind_to(now_);
  now_ = std::move(other);
}

}  // namespace pno::api
