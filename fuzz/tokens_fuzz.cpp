// Reads any bytes as tokens, as ids and as text: decoding never fails and gives a valid
// performance, which encodes to stable tokens.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "events/decode.h"
#include "events/encode.h"
#include "events/text.h"

namespace {

using pno::events::Token;
using pno::events::Vocabulary;

void check_playable(const std::vector<pno::midi::Note>& notes) {
  std::array<std::int64_t, 128> free_from_us{};
  std::int64_t start_us = 0;
  for (const auto& note : notes) {
    PNO_CHECK(note.start_us >= start_us, "notes out of order");
    PNO_CHECK(note.start_us >= free_from_us.at(note.pitch), "notes of a pitch overlap");
    PNO_CHECK(note.length_us > 0 && note.velocity >= 1 && note.velocity <= 127, "no note");
    start_us = note.start_us;
    free_from_us.at(note.pitch) = note.end_us();
  }
}

void check_decoding(const std::vector<Token>& tokens, const Vocabulary& vocabulary) {
  const auto decoded = pno::events::decode(tokens, vocabulary);
  check_playable(decoded.performance.notes);
  const auto canonical =
      pno::events::encode(pno::events::plain_notes(decoded.performance), vocabulary);
  const auto again = pno::events::decode(canonical, vocabulary);
  PNO_CHECK(again.mended.total() == 0, "events of our own needed mending");
  PNO_CHECK(again.performance.notes == decoded.performance.notes || decoded.mended.overlong_notes,
            "notes changed on their second way");
}

void check_text(std::string_view text, const Vocabulary& vocabulary) {
  const auto tokens = pno::events::from_text(text, vocabulary);
  if (!tokens) {
    PNO_CHECK(tokens.error().message.starts_with("line "), "a message without its line");
    return;
  }
  PNO_CHECK(
      pno::events::from_text(pno::events::to_text(*tokens, vocabulary), vocabulary) == *tokens,
      "text that does not read back");
  check_decoding(*tokens, vocabulary);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr Vocabulary kCoarse = {1, 3, 127};
  std::vector<Token> numbers(size / sizeof(Token));
  if (!numbers.empty()) std::memcpy(numbers.data(), data, numbers.size() * sizeof(Token));
  for (auto& token : numbers) token %= 512;  // most are events, some are outside the vocabulary
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& vocabulary : {pno::events::kPerformance, pno::events::kPnoAi, kCoarse}) {
    check_decoding(numbers, vocabulary);
    check_text(text, vocabulary);
  }
  return 0;
}
