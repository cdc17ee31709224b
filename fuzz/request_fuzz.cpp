// Reads any bytes as the body of a request for music, and of one for attention: it is refused with
// a short sentence, or becomes events that a model can read, up to the place where the new music
// begins.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "events/decode.h"
#include "events/encode.h"
#include "events/vocabulary.h"
#include "infer/music/note_shares.h"
#include "web/attention_request.h"
#include "web/limits.h"
#include "web/note_stream.h"
#include "web/write_request.h"

namespace {

void check_message(const std::string& message) {
  constexpr std::size_t kLongestMessage = 500;
  PNO_CHECK(!message.empty(), "an error without a sentence");
  PNO_CHECK(message.size() < kLongestMessage, "an error as long as its input");
}

void read_attention_request(std::string_view body) {
  const auto request = pno::web::parse_attention_request(body);
  if (!request) return check_message(request.error().message);
  PNO_CHECK(request->pitch >= 0 && request->pitch <= 127, "a pitch out of range");
  PNO_CHECK(request->head.layer >= 0 && request->head.head >= 0, "a head below 0");
  const auto& vocabulary = pno::events::kPerformance;
  const auto tokens = pno::events::encode(request->given, vocabulary);
  const auto step = std::llround(request->start_seconds * vocabulary.steps_per_second);
  const auto found = pno::infer::find_note_on(tokens, step, request->pitch, vocabulary);
  PNO_CHECK(!found || (*found > 0 && *found < tokens.size()), "a note that is not in the music");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  read_attention_request(body);
  const auto request = pno::web::parse_write_request(body);
  if (!request) {
    check_message(request.error().message);
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
