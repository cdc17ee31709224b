// Reads any bytes as the body of a request: it is refused with a short sentence, or becomes events
// that a model can read, up to the place where the new music begins.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "events/decode.h"
#include "events/vocabulary.h"
#include "web/limits.h"
#include "web/note_stream.h"
#include "web/write_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLongestMessage = 500;
  const auto request = pno::web::parse_write_request({reinterpret_cast<const char*>(data), size});
  if (!request) {
    PNO_CHECK(!request.error().message.empty(), "an error without a sentence");
    PNO_CHECK(request.error().message.size() < kLongestMessage, "an error as long as its input");
    return 0;
  }
  PNO_CHECK(request->draw.validate().has_value(), "options out of range");
  PNO_CHECK(request->given.size() <= pno::web::kMaxNotes, "more notes than allowed");
  const auto& vocabulary = pno::events::kPerformance;
  const auto prime = request->prime(vocabulary);
  PNO_CHECK(!prime.empty() && prime.front() == vocabulary.bos(), "music without a beginning");
  pno::web::NoteStream stream(vocabulary, 0);
  for (const auto token : prime) stream.read(token);
  const auto step = 1.0 / vocabulary.steps_per_second;
  PNO_CHECK(stream.now_seconds() >= request->from_seconds - step, "silence that is missing");
  stream.finish();
  return 0;
}
