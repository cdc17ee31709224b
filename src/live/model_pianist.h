#pragma once

// A Pianist that is a model: one session reads what sounded, the other, a copy of it, the answer.

#include <cstdint>
#include <memory>
#include <optional>
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

  // Density and temperature are options of the sampler; loudness is a bias (loudness_bias.h).
  void wish(Wish wish, double value) override;

 private:
  void forbid(int first, int end);  // tokens

  std::shared_ptr<const infer::Engine> engine_;
  infer::Session heard_, answer_;
  infer::DrawOptions options_;
  infer::MusicSampler heard_music_, answer_music_;
  std::optional<double> loudness_;     // mean MIDI velocity; empty: as the model likes
  std::vector<float> logits_;          // [V]
  std::vector<events::Token> recent_;  // the last tokens read, for wish()
};

}  // namespace pno::live
