#include "api/piece.h"

#include <utility>

#include "base/error.h"
#include "infer/session.h"

namespace pno::api {

using events::Role;
using events::Token;
using infer::DrawOptions;
using infer::MusicSampler;

Piece::Piece(const infer::Engine& engine, const DrawOptions& options, std::uint64_t seed)
    : vocabulary_(engine.vocabulary()),
      now_(vocabulary_, options, seed),
      before_(vocabulary_, options, seed),
      blank_(vocabulary_, options, seed),
      wishes_(engine.stored_vocabulary()),
      recent_(infer::Session::most_rewind(engine)) {}

void Piece::read(Token token, Role role) noexcept {
  now_.read(token, role);
  wishes_.read(token, role);
  if (size_ == recent_.size()) {
    before_.read(recent(0).token, recent(0).role);
    first_ = (first_ + 1) % recent_.size();
    --size_;
  }
  recent(size_++) = {token, role};
}

void Piece::take_back(std::size_t count) {
  PNO_CHECK(count <= size_, "take_back() beyond the remembered tokens");
  size_ -= count;
  now_.rewind_to(before_);
  wishes_.restart();
  for (std::size_t i = 0; i < size_; ++i) {
    now_.read(recent(i).token, recent(i).role);
    wishes_.read(recent(i).token, recent(i).role);
  }
}

void Piece::restart() {
  first_ = size_ = 0;
  before_.rewind_to(blank_);
  now_.rewind_to(blank_);
  wishes_.restart();
}

void Piece::copy_from(const Piece& other) {
  PNO_CHECK(other.recent_.size() == recent_.size(), "copy_from() needs a piece of the same model");
  now_ = other.now_;
  before_ = other.before_;
  blank_ = other.blank_;
  wishes_ = other.wishes_;
  recent_ = other.recent_;
  first_ = other.first_;
  size_ = other.size_;
}

void Piece::use(const DrawOptions& options) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < size_; ++i) {
    const auto [token, role] = recent(i);
    if (role == Role::played && token < vocabulary_.events()) tokens.push_back(token);
  }
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
