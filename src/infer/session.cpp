#include "infer/session.h"

#include <algorithm>
#include <array>
#include <utility>

#include "infer/decoder.h"
#include "infer/engine_parts.h"

namespace pno::infer {

using events::Role;
using events::Token;
using Logits = Decoder::Logits;

struct Session::Parts {
  Parts(std::shared_ptr<const Engine> from, const model::ModelConfig& config,
        const Weights& weights, int threads)
      : engine(std::move(from)), decoder(config, weights, threads), cache(decoder.new_cache()) {
    if (config.has_sinusoids()) {
      window.reserve(static_cast<std::size_t>(config.context));
      window_roles.reserve(window.capacity());
    }
    logits.resize(static_cast<std::size_t>(weights.output.rows));
  }

  bool is_absolute() const { return engine->config().has_sinusoids(); }
  void check(std::span<const Token> tokens, const TokenRoles& roles) const;
  // Reads tokens block by block. `into` is [V] or [tokens.size(), V], as wanted.
  void read(std::span<const Token> tokens, TokenRoles roles, Logits wanted, float* into);
  // Tokens that fit into the window before it is full.
  std::size_t free_positions() const;
  void make_room();
  void reread_later_half();
  void count_as_read(std::span<const Token> tokens, const TokenRoles& roles);

  std::shared_ptr<const Engine> engine;
  Decoder decoder;
  KvCache cache;
  // The tokens in the cache and their roles; with absolute positions only.
  std::vector<Token> window;
  std::vector<Role> window_roles;
  std::vector<float> logits;  // [V], after the last token
  bool has_logits = false;
  std::int64_t position = 0;
  std::int64_t reread_at = 0;  // position at which the later half was last read again, or 0
};

void Session::Parts::check(std::span<const Token> tokens, const TokenRoles& roles) const {
  const auto& vocabulary = engine->vocabulary();
  const int inputs = vocabulary.inputs();
  PNO_CHECK(roles.each.empty() || roles.each.size() == tokens.size(), "each token has a role");
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    PNO_CHECK(tokens[i] < inputs, "a token is outside the vocabulary");
    PNO_CHECK(roles[i] == Role::played || vocabulary.has_roles, "a model without roles");
  }
}

std::size_t Session::Parts::free_positions() const {
  if (!is_absolute()) return Decoder::kBlock;
  return static_cast<std::size_t>(engine->config().context) - window.size();
}

void Session::Parts::make_room() {
  if (free_positions() == 0) reread_later_half();
}

void Session::Parts::reread_later_half() {
  const auto left = static_cast<std::ptrdiff_t>(window.size() - window.size() / 2);
  window.erase(window.begin(), window.begin() + left);
  window_roles.erase(window_roles.begin(), window_roles.begin() + left);
  cache.rewind(0);
  const std::span<const Token> kept(window);
  const TokenRoles roles{.each = window_roles};
  for (std::size_t begin = 0; begin < kept.size(); begin += Decoder::kBlock) {
    const auto size = std::min<std::size_t>(Decoder::kBlock, kept.size() - begin);
    const std::array sequence = {
        TokenSequence{&cache, kept.subspan(begin, size), roles.part(begin, size)}};
    decoder.read(sequence, Logits::none, /*logits=*/nullptr);
  }
  reread_at = position;
}

void Session::Parts::count_as_read(std::span<const Token> tokens, const TokenRoles& roles) {
  if (is_absolute()) {
    window.insert(window.end(), tokens.begin(), tokens.end());
    for (std::size_t i = 0; i < tokens.size(); ++i) window_roles.push_back(roles[i]);
  }
  position += static_cast<std::int64_t>(tokens.size());
}

void Session::Parts::read(std::span<const Token> tokens, TokenRoles roles, Logits wanted,
                          float* into) {
  PNO_CHECK(!tokens.empty(), "no tokens to read");
  check(tokens, roles);
  while (!tokens.empty()) {
    make_room();
    const auto block = tokens.first(
        std::min({tokens.size(), free_positions(), static_cast<std::size_t>(Decoder::kBlock)}));
    const auto roles_of_block = roles.part(0, block.size());
    tokens = tokens.subspan(block.size());
    roles = roles.part(roles.each.empty() ? 0 : block.size(), tokens.size());
    const bool is_last = tokens.empty();
    const std::array sequence = {TokenSequence{&cache, block, roles_of_block}};
    decoder.read(sequence, wanted == Logits::last && !is_last ? Logits::none : wanted, into);
    if (wanted == Logits::all) into += block.size() * logits.size();
    count_as_read(block, roles_of_block);
  }
}

Session::Session(std::shared_ptr<const Engine> engine, int threads) {
  const auto& parts = *engine->parts_;
  parts_ = std::make_unique<Parts>(std::move(engine), parts.config, *parts.weights,
                                   threads > 0 ? threads : parts.threads);
}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

const std::shared_ptr<const Engine>& Session::engine() const {
  return parts_->engine;
}

std::span<const float> Session::prefill(std::span<const Token> tokens, Role role) {
  parts_->read(tokens, {.all = role}, Logits::last, parts_->logits.data());
  parts_->has_logits = true;
  return parts_->logits;
}

std::span<const float> Session::prefill(std::span<const Token> tokens,
                                        std::span<const Role> roles) {
  parts_->read(tokens, {.each = roles}, Logits::last, parts_->logits.data());
  parts_->has_logits = true;
  return parts_->logits;
}

std::vector<float> Session::logits_of(std::span<const Token> tokens, std::span<const Role> roles) {
  auto& last = parts_->logits;
  std::vector<float> logits(tokens.size() * last.size());
  parts_->read(tokens, {.each = roles}, Logits::all, logits.data());
  std::copy(logits.end() - static_cast<std::ptrdiff_t>(last.size()), logits.end(), last.begin());
  parts_->has_logits = true;
  return logits;
}

std::span<const float> Session::step(Token token, Role role) {
  return prefill(std::span(&token, 1), role);
}

std::span<const float> Session::logits() const {
  if (!parts_->has_logits) return {};
  return parts_->logits;
}

void Session::reset() {
  parts_->cache.clear();
  parts_->window.clear();
  parts_->window_roles.clear();
  parts_->has_logits = false;
  parts_->position = parts_->reread_at = 0;
}

std::int64_t Session::position() const {
  return parts_->position;
}

std::int64_t Session::earliest_rewind() const {
  return parts_->is_absolute() ? parts_->reread_at : parts_->cache.earliest_rewind();
}

std::size_t Session::most_rewind(const Engine& engine) {
  // The slots of a cache are rounded up to full panels.
  return static_cast<std::size_t>(engine.config().context) +
         static_cast<std::size_t>(Decoder::kRewindPositions) + kPanelRows;
}

void Session::rewind(std::int64_t position) {
  PNO_CHECK(position >= earliest_rewind() && position <= parts_->position,
            "rewind() needs a position from earliest_rewind() to position()");
  const std::int64_t forgotten = parts_->position - position;
  if (forgotten == 0) return;
  parts_->cache.rewind(parts_->cache.position() - forgotten);
  if (parts_->is_absolute()) {
    parts_->window.resize(parts_->window.size() - static_cast<std::size_t>(forgotten));
    parts_->window_roles.resize(parts_->window.size());
  }
  parts_->position = position;
  parts_->has_logits = false;
}

Session Session::fork() const {
  Session session(parts_->engine, parts_->decoder.threads());
  session.copy_from(*this);
  return session;
}

void Session::copy_from(const Session& other) {
  PNO_CHECK(parts_->engine == other.parts_->engine,
            "copy_from() needs a session of the same engine");
  if (this == &other) return;
  const Parts& from = *other.parts_;
  parts_->cache.copy_from(from.cache);
  parts_->window.assign(from.window.begin(), from.window.end());
  parts_->window_roles.assign(from.window_roles.begin(), from.window_roles.end());
  std::copy(from.logits.begin(), from.logits.end(), parts_->logits.begin());
  parts_->has_logits = from.has_logits;
  parts_->position = from.position;
  parts_->reread_at = from.reread_at;
}

void step_together(std::span<Session* const> sessions, std::span<const Token> tokens,
                   std::span<const Role> roles, std::span<float> logits) {
  PNO_CHECK(sessions.size() == tokens.size(), "each session reads one token");
  if (sessions.empty()) return;
  auto& first = *sessions.front()->parts_;
  const std::size_t V = first.logits.size();
  PNO_CHECK(logits.size() == sessions.size() * V, "the logits are [N, V]");
  const TokenRoles all_roles{.each = roles};
  first.check(tokens, all_roles);
  for (std::size_t begin = 0; begin < sessions.size(); begin += Decoder::kBlock) {
    const auto size = std::min<std::size_t>(Decoder::kBlock, sessions.size() - begin);
    std::array<TokenSequence, Decoder::kBlock> sequences_of_block;
    for (std::size_t n = 0; n < size; ++n) {
      auto& parts = *sessions[begin + n]->parts_;
      PNO_CHECK(parts.engine == first.engine, "step_together() needs sessions of one engine");
      parts.make_room();
      sequences_of_block.at(n) = {&parts.cache, tokens.subspan(begin + n, 1),
                                  all_roles.part(begin + n, 1)};
    }
    first.decoder.read(std::span(sequences_of_block).first(size), Logits::all,
                       logits.data() + begin * V);
    for (std::size_t n = 0; n < size; ++n) {
      auto& parts = *sessions[begin + n]->parts_;
      parts.count_as_read(sequences_of_block.at(n).tokens, sequences_of_block.at(n).roles);
      std::copy_n(logits.begin() + static_cast<std::ptrdiff_t>((begin + n) * V), V,
                  parts.logits.begin());
      parts.has_logits = true;
    }
  }
}

}  // namespace pno::infer
