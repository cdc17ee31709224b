#pragma once

// Options and results of infills and accompaniments.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/stopwatch.h"
#include "events/encode.h"
#include "infer/generate.h"
#include "infer/guided_session.h"
#include "infer/music/music_sampler.h"
#include "infer/music/wishes.h"

namespace pno::infer {

struct RoleMusicOptions {
  DrawOptions draw = {};
  Wishes wishes;
  std::vector<WishChange> changes = {};  // sorted by time
  double guidance = 1;                   // guided_session.h; 1: none
  std::uint64_t seed = 1, stream = 0;

  // Returns an error if an option is out of range, or one sentence if the model has no roles.
  Expected<void> validate(const Engine& engine) const;
};

// New notes with times in the file that they are for, and how they were drawn.
struct RoleMusic {
  std::vector<events::PlainNote> notes;  // sorted by (start, pitch)
  std::int64_t prime_tokens = 0, drawn_tokens = 0;
  std::array<std::int64_t, kFaults> mended{};
  int parts = 1;           // that a gap was filled in, because the model cannot hold it at once
  bool too_dense = false;  // stopped by kMaxTokensPerSecond
  double first_token_ms = 0, draw_seconds = 0, seconds = 0;

  // Sorts the notes, and sets what was mended and how long it took.
  void finish(const MusicSampler& sampler, const Stopwatch& watch);
};

// Why a model without roles cannot do `what`: "fill gaps".
tl::unexpected<Error> fail_without_roles(std::string_view what);

}  // namespace pno::infer
