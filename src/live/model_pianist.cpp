#include "live/model_pianist.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "live/loudness_bias.h"

namespace pno::live {
namespace {

using events::Token;

constexpr double kRestSeconds = 0.3;
constexpr std::size_t kRecentTokens = 1024;  // twice this at most

}  // namespace

ModelPianist::ModelPianist(std::shared_ptr<const infer::Engine> engine,
                           const infer::DrawOptions& options, std::uint64_t seed)
    : engine_(std::move(engine)),
      heard_(engine_),
      answer_(engine_),
      options_(options),
      heard_music_(engine_->vocabulary(), options, seed),
      answer_music_(engine_->vocabulary(), options, seed),
      logits_(static_cast<std::size_t>(engine_->vocabulary().outputs())) {
  const Token bos = engine_->vocabulary().bos();
  read(std::span(&bos, 1));
}

void ModelPianist::read(std::span<const Token> tokens) {
  if (tokens.empty()) return;
  heard_.prefill(tokens);
  for (const Token token : tokens) heard_music_.read(token);
  if (recent_.size() > 2 * kRecentTokens) {
    recent_.erase(recent_.begin(), recent_.end() - static_cast<std::ptrdiff_t>(kRecentTokens));
  }
  recent_.insert(recent_.end(), tokens.begin(), tokens.end());
}

double ModelPianist::rest() {
  const auto& vocabulary = engine_->vocabulary();
  const auto logits = heard_.logits();
  const auto rest_steps =
      std::min(vocabulary.max_shift_steps,
               static_cast<int>(std::ceil(kRestSeconds * vocabulary.steps_per_second)));
  const double most = *std::max_element(logits.begin(), logits.end());
  double all = 0, rests = 0;
  for (std::size_t token = 0; token < logits.size(); ++token) {
    const double share = std::exp(logits[token] - most);
    all += share;
    const bool is_rest = token >= vocabulary.time_shift(rest_steps) &&
                         token <= vocabulary.time_shift(vocabulary.max_shift_steps);
    if (is_rest) rests += share;
  }
  return all > 0 ? rests / all : 0;
}

void ModelPianist::begin_answer(std::span<const Token> tokens) {
  answer_.copy_from(heard_);
  answer_music_.rewind_to(heard_music_);
  if (tokens.empty()) return;
  answer_.prefill(tokens);
  for (const Token token : tokens) answer_music_.read(token);
}

void ModelPianist::forbid(int first, int end) {
  std::fill(logits_.begin() + first, logits_.begin() + end,
            -std::numeric_limits<float>::infinity());
}

std::optional<Token> ModelPianist::draw(Draw how) {
  const auto& vocabulary = engine_->vocabulary();
  const auto logits = answer_.logits();
  std::copy(logits.begin(), logits.end(), logits_.begin());
  if (how == Draw::first) forbid(vocabulary.time_shift(1), vocabulary.velocity(0));
  if (how == Draw::ending) {
    forbid(vocabulary.note_on(0), vocabulary.note_off(0));
    forbid(vocabulary.velocity(0), vocabulary.bos());
  }
  if (loudness_) bias_loudness(vocabulary, *loudness_, logits_);
  const auto token = answer_music_.draw(logits_);
  if (!token) return std::nullopt;
  answer_.step(*token);
  answer_music_.read(*token);
  return token;
}

void ModelPianist::wish(Wish wish, double value) {
  switch (wish) {
    case Wish::density:
      options_.controls.density = value;
      break;
    case Wish::temperature:
      options_.sampler.temperature = value;
      break;
    case Wish::loudness:
      loudness_ = value;
      return;
  }
  heard_music_.use(options_, recent_);
  answer_music_.use(options_, recent_);
}

}  // namespace pno::live
