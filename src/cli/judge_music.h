#pragma once

// The work of `pno judge`: the music, the real music beside it, and what is measured of both.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "corpus/dataset.h"
#include "corpus/prepare/loaded_music.h"
#include "eval/judgement.h"
#include "eval/originality.h"
#include "midi/read_options.h"

namespace pno::cli {

struct JudgeFlags {
  std::vector<std::filesystem::path> music;
  std::filesystem::path reference, training, output;
  corpus::Split split = corpus::Split::validation;
  double seconds = 30;
  std::uint64_t seed = 1;
  int resamples = 200, threads = 0;
  midi::ReadOptions read;
};

struct OriginalityResult {
  corpus::Dataset training;
  eval::SetOriginality samples, human;
  // Excerpts of the reference that are left out of `human`: their pieces are in the training set.
  std::size_t known_excerpts = 0;
};

struct JudgeResult {
  corpus::LoadedMusic music;
  std::vector<eval::Excerpt> samples;  // of the pieces of `music`, in their order
  std::size_t short_samples = 0;       // shorter than nine tenths of what was asked
  eval::RealSets real;
  eval::Judgement judgement;
  std::optional<OriginalityResult> originality;
  double seconds = 0;
};

Expected<JudgeResult> judge_music(const JudgeFlags& flags);

}  // namespace pno::cli
