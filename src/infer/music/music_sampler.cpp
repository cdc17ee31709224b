#include "infer/music/music_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace pno::infer {
namespace {

using events::Token;

constexpr float kMasked = -std::numeric_limits<float>::infinity();

}  // namespace

Expected<void> DrawOptions::validate() const {
  PNO_TRY_VOID(sampler.validate());
  PNO_TRY_VOID(limits.validate());
  return controls.validate();
}

MusicSampler::MusicSampler(const events::Vocabulary& vocabulary, const DrawOptions& options,
                           std::uint64_t seed, std::uint64_t stream)
    : vocabulary_(vocabulary),
      unconstrained_(options.unconstrained),
      until_end_(options.until_end),
      state_(vocabulary, options.limits),
      controls_(vocabulary, options.controls),
      sampler_(options.sampler, vocabulary.outputs(), seed, stream),
      logits_(static_cast<std::size_t>(vocabulary.outputs())),
      faults_(logits_.size(), Fault::none) {}

void MusicSampler::use(const DrawOptions& options, std::span<const Token> recent) {
  unconstrained_ = options.unconstrained;
  until_end_ = options.until_end;
  state_.use(options.limits);
  controls_ = SoftControls(vocabulary_, options.controls);
  for (const Token token : recent) controls_.read(token);
  sampler_.use(options.sampler);
  std::fill(faults_.begin(), faults_.end(), Fault::none);
  detour_ = next_detour_ = {};
}

void MusicSampler::rewind_to(const MusicSampler& earlier) {
  state_ = earlier.state_;
  controls_ = earlier.controls_;
  detour_ = earlier.detour_;
  next_detour_ = {};
}

void MusicSampler::read(Token token, events::Role role) noexcept {
  state_.read(token, role);
  const bool is_event = token < vocabulary_.events();
  if (is_event && role == events::Role::played) controls_.read(token);
  const bool stays = next_detour_.exists() && (!drawn_ || *drawn_ == token);
  detour_ = stays && !next_detour_.ends_with(token, vocabulary_) ? next_detour_ : Detour();
  next_detour_ = {};
}

// Copies the logits, computes the fault of each event, and adds the biases of the controls.
void MusicSampler::load(std::span<const float> logits) {
  PNO_CHECK(logits.size() == logits_.size(), "the logits have the size of another vocabulary");
  std::copy(logits.begin(), logits.end(), logits_.begin());
  if (!unconstrained_) {
    for (std::size_t token = 0; token < faults_.size(); ++token) {
      faults_[token] = state_.fault_of(static_cast<Token>(token));
    }
  }
  controls_.apply(logits_, faults_);
  // These are never drawn, so they do not count as mended.
  logits_[vocabulary_.bos()] = kMasked;
  if (!until_end_) logits_[vocabulary_.eos()] = kMasked;
  if (vocabulary_.has_roles && !state_.is_in_gap()) logits_[vocabulary_.end()] = kMasked;
}

Detour MusicSampler::detour_to(Token token) const noexcept {
  if (detour_.exists() || faults_[token] == Fault::none) return {};
  return Detour::to(token, vocabulary_, state_);
}

void MusicSampler::forbid_faults(Detours detours) {
  for (std::size_t token = 0; token < faults_.size(); ++token) {
    if (faults_[token] == Fault::none) continue;
    const bool is_detour = detour_to(static_cast<Token>(token)).exists();
    if (detours == Detours::forbidden || !is_detour) logits_[token] = kMasked;
  }
}

bool MusicSampler::has_finite() const {
  return std::isfinite(*std::max_element(logits_.begin(), logits_.end()));
}

std::optional<Token> MusicSampler::next_of_detour() {
  next_detour_ = detour_;
  drawn_ = next_detour_.next(vocabulary_, state_);
  return drawn_;
}

std::optional<Token> MusicSampler::draw(std::span<const float> logits) {
  if (const auto next = next_of_detour()) return next;
  load(logits);
  if (!has_finite()) return std::nullopt;
  Token token = sampler_.draw(logits_);
  if (faults_[token] != Fault::none && !detour_to(token).exists()) {
    ++mended_[static_cast<std::size_t>(faults_[token])];
    forbid_faults(Detours::allowed);
    if (!has_finite()) return std::nullopt;
    token = sampler_.draw(logits_);
  }
  if (faults_[token] != Fault::none) {
    ++mended_[static_cast<std::size_t>(faults_[token])];
    next_detour_ = detour_to(token);
    if (drawn_ = next_detour_.next(vocabulary_, state_); drawn_) return drawn_;
    forbid_faults(Detours::forbidden);
    if (!has_finite()) return std::nullopt;
    token = sampler_.draw(logits_);
  }
  drawn_ = token;
  return drawn_;
}

void MusicSampler::allow_only(Token token) {
  std::fill(logits_.begin(), logits_.end(), kMasked);
  logits_[token] = 0;
}

std::span<const float> MusicSampler::constrained_logits(std::span<const float> logits) {
  if (const auto next = next_of_detour()) {
    allow_only(*next);
    return logits_;
  }
  load(logits);
  forbid_faults(Detours::allowed);
  const auto likeliest = std::max_element(logits_.begin(), logits_.end()) - logits_.begin();
  const auto token = static_cast<Token>(likeliest);
  if (std::isfinite(logits_[token]) && faults_[token] != Fault::none) {
    ++mended_[static_cast<std::size_t>(faults_[token])];
    next_detour_ = detour_to(token);
    drawn_ = next_detour_.next(vocabulary_, state_);
  }
  forbid_faults(Detours::forbidden);
  if (drawn_) allow_only(*drawn_);
  return logits_;
}

std::int64_t MusicSampler::mended() const {
  return std::accumulate(mended_.begin(), mended_.end(), std::int64_t{0});
}

void MusicSampler::close(std::vector<Token>& tokens) {
  if (!unconstrained_) state_.close(tokens);
}

}  // namespace pno::infer
