#include <algorithm>
#include <utility>
#include <vector>

#include "infer/decoder.h"
#include "infer/engine_parts.h"

namespace pno::infer {

using events::Token;
using Wanted = Decoder::Wanted;

struct Session::Parts {
  Parts(std::shared_ptr<const Engine> of, const model::ModelConfig& config, const Weights& weights,
        int threads)
      : engine(std::move(of)), decoder(config, weights, threads) {
    if (config.has_sinusoids()) window.reserve(static_cast<std::size_t>(config.context));
    logits.resize(static_cast<std::size_t>(weights.output.rows));
  }

  // Reads tokens block by block. `logits` has room for what is wanted.
  void read(std::span<const Token> tokens, Wanted wanted, float* into);
  // Tokens that fit before the window is full.
  std::size_t room() const;
  void reread_later_half();

  std::shared_ptr<const Engine> engine;
  Decoder decoder;
  std::vector<Token> window;  // what the decoder has read, for models with sinusoids
  std::vector<float> logits;  // [V]
  std::int64_t position = 0;
};

std::size_t Session::Parts::room() const {
  const auto& config = engine->config();
  if (!config.has_sinusoids()) return Decoder::kBlock;
  return static_cast<std::size_t>(config.context) - window.size();
}

void Session::Parts::reread_later_half() {
  window.erase(window.begin(), window.end() - static_cast<std::ptrdiff_t>(window.size() / 2));
  decoder.restart();
  const std::span kept(window);
  for (std::size_t begin = 0; begin < kept.size(); begin += Decoder::kBlock) {
    const auto size = std::min<std::size_t>(Decoder::kBlock, kept.size() - begin);
    decoder.read(kept.subspan(begin, size), Wanted::nothing, nullptr);
  }
}

void Session::Parts::read(std::span<const Token> tokens, Wanted wanted, float* into) {
  PNO_CHECK(!tokens.empty(), "there is nothing to read");
  for (const Token token : tokens) {
    PNO_CHECK(token < engine->vocabulary().size(), "a token is outside the vocabulary");
  }
  while (!tokens.empty()) {
    if (room() == 0) reread_later_half();
    const auto block =
        tokens.first(std::min({tokens.size(), room(), static_cast<std::size_t>(Decoder::kBlock)}));
    tokens = tokens.subspan(block.size());
    const bool is_last = tokens.empty();
    decoder.read(block, wanted == Wanted::last && !is_last ? Wanted::nothing : wanted, into);
    if (wanted == Wanted::all) into += block.size() * logits.size();
    if (engine->config().has_sinusoids()) window.insert(window.end(), block.begin(), block.end());
    position += static_cast<std::int64_t>(block.size());
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

std::span<const float> Session::prefill(std::span<const Token> tokens) {
  parts_->read(tokens, Wanted::last, parts_->logits.data());
  return parts_->logits;
}

std::vector<float> Session::logits_of(std::span<const Token> tokens) {
  std::vector<float> logits(tokens.size() * parts_->logits.size());
  parts_->read(tokens, Wanted::all, logits.data());
  return logits;
}

std::span<const float> Session::step(Token token) {
  return prefill(std::span(&token, 1));
}

void Session::reset() {
  parts_->decoder.restart();
  parts_->window.clear();
  parts_->position = 0;
}

std::int64_t Session::position() const {
  return parts_->position;
}

}  // namespace pno::infer
