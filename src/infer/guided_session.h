#pragma once

// A session whose logits lean towards the controls that it has read: classifier-free guidance (Ho
// and Salimans 2021, arXiv 2207.12598). A second session reads the same tokens without the
// controls; logits = without + guidance · (with - without). With guidance 1 one session is
// enough.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "infer/session.h"

namespace pno::infer {

inline constexpr double kMostGuidance = 10;

// into[i] = without[i] + guidance · (with[i] - without[i])
void guide(std::span<const float> with, std::span<const float> without, double guidance,
           std::span<float> into);

class GuidedSession {
 public:
  // guidance: 0 … kMostGuidance. Throws std::bad_alloc.
  GuidedSession(std::shared_ptr<const Engine> engine, double guidance);

  const Session& session() const { return with_; }

  // Forgets all tokens.
  void reset();
  // Reads tokens, each with its role. `tokens` is not empty.
  void read(std::span<const events::Token> tokens, std::span<const events::Role> roles);
  void step(events::Token token, events::Role role);

  // The logits of the next token; a token must have been read. Valid until the next call.
  std::span<const float> logits();

 private:
  Session with_;
  std::optional<Session> without_;
  double guidance_;
  std::vector<events::Token> tokens_;
  std::vector<events::Role> roles_;
  std::vector<float> both_, logits_;
};

}  // namespace pno::infer
