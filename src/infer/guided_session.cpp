#include "infer/guided_session.h"

#include <array>
#include <utility>

#include "base/error.h"

namespace pno::infer {

using events::Role;
using events::Token;

void guide(std::span<const float> with, std::span<const float> without, double guidance,
           std::span<float> into) {
  const auto factor = static_cast<float>(guidance);
  for (std::size_t i = 0; i < into.size(); ++i) {
    into[i] = without[i] + factor * (with[i] - without[i]);
  }
}

GuidedSession::GuidedSession(std::shared_ptr<const Engine> engine, double guidance)
    : with_(engine), guidance_(guidance) {
  PNO_CHECK(guidance >= 0 && guidance <= kMostGuidance, "the guidance is out of range");
  if (guidance == 1) return;
  logits_.resize(static_cast<std::size_t>(engine->vocabulary().outputs()));
  both_.resize(2 * logits_.size());
  without_.emplace(std::move(engine));
}

void GuidedSession::reset() {
  with_.reset();
  if (without_) without_->reset();
}

void GuidedSession::read(std::span<const Token> tokens, std::span<const Role> roles) {
  with_.prefill(tokens, roles);
  if (!without_) return;
  tokens_.clear();
  roles_.clear();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (events::is_control(with_.engine()->vocabulary().event(tokens[i]).kind)) continue;
    tokens_.push_back(tokens[i]);
    roles_.push_back(roles[i]);
  }
  if (!tokens_.empty()) without_->prefill(tokens_, roles_);
}

void GuidedSession::step(Token token, Role role) {
  if (!without_) {
    with_.step(token, role);
    return;
  }
  const std::array sessions = {&with_, &*without_};
  const std::array tokens = {token, token};
  const std::array roles = {role, role};
  step_together(sessions, tokens, roles, both_);
}

std::span<const float> GuidedSession::logits() {
  const auto with = with_.logits();
  if (!without_) return with;
  const auto without = without_->logits();
  // Nothing but controls was read.
  if (without.empty()) return with;
  guide(with, without, guidance_, logits_);
  return logits_;
}

}  // namespace pno::infer
