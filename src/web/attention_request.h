#pragma once

// The body of POST /api/attention.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "events/encode.h"
#include "infer/attention_reader.h"

namespace pno::web {

struct AttentionRequest {
  std::string model;                     // its id; empty: the first
  std::vector<events::PlainNote> given;  // sorted by (start, pitch)
  double start_seconds = 0;              // of the note whose attention is asked for
  int pitch = 0;
  infer::HeadChoice head = {};
};

// Returns an error, for the client, if the body is not JSON, has an unknown or wrong field, lacks
// `note`, or exceeds a limit of web/limits.h. Does not throw, but for std::bad_alloc.
Expected<AttentionRequest> parse_attention_request(std::string_view body);

}  // namespace pno::web
