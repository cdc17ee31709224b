#pragma once

// A Pianist that is a model: one session reads what sounded, the other, a copy of it, the answer.

#include <cstdint>
#include <memory>
#include <vector>

#include "infer/engine.h"
#include "infer/music/music_sampler.h"
#include "infer/session.h"
#include "live/pianist.h"

namespace pno::live {

class ModelPianist : public Pianist {
 public:
  // `options` are valid. Throws std::bad_alloc if memory for the sessions is missing.
  ModelPianist(std::shared_ptr<const infer::Engine> engine, const infer::DrawOptions& options,
               std::uint64_t seed);

  const events::Vocabulary& vocabulary() const override { return engine_->vocabulary(); }
  void read(std::span<const events::Token> tokens) override;
  double rest() override;
  void begin_answer(std::span<const events::Token> tokens) override;
  std::optional<events::Token> draw(Draw how) override;

  // Other options from the next event on.
  void use(const infer::DrawOptions& options);

 private:
  void forbid(int first, int end);  // tokens

  std::shared_ptr<const infer::Engine> engine_;
  infer::Session heard_, answer_;
  infer::MusicSampler heard_music_, answer_music_;
  std::vector<float> logits_;          // [V]
  std::vector<events::Token> recent_;  // the last tokens read, for use()
};

}  // namespace pno::live
