#pragma once

// The body of POST /api/generate.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "events/encode.h"
#include "events/vocabulary.h"
#include "infer/music/music_sampler.h"
#include "infer/music/play_sampling.h"

namespace pno::web {

struct WriteRequest {
  std::string model;                     // its id; empty: the first
  std::vector<events::PlainNote> given;  // sorted by (start, pitch)
  double from_seconds = 0;               // where the new music begins
  double seconds = 30;                   // of new music
  std::uint64_t seed = 1;
  infer::DrawOptions draw{.sampler = infer::PlaySampling()};

  // The given notes as events, BOS first, and silence up to from_seconds.
  std::vector<events::Token> prime(const events::Vocabulary& vocabulary) const;
};

// Returns an error, for the client, if the body is not JSON, has an unknown or wrong field, or
// exceeds a limit of web/limits.h. Does not throw, but for std::bad_alloc.
Expected<WriteRequest> parse_write_request(std::string_view body);

}  // namespace pno::web
