// Uses any bytes as the preferences of a model, after any prime: the drawn events are canonical,
// need no mending and obey the limits, and some event can always be drawn.
//
//   byte 0   vocabulary, tight constraints or none, temperature
//   byte 1   number of events of the prime, two bytes each
//   rest     two bytes for each draw: the event that the model prefers

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "infer/music/music_sampler.h"
#include "infer/music/test_music.h"

namespace {

using pno::events::Token;
using pno::events::Vocabulary;

constexpr std::array<Vocabulary, 4> kVocabularies = {pno::events::kPerformance, pno::events::kPnoAi,
                                                     Vocabulary{1, 3, 127}, Vocabulary{1000, 7, 1}};
constexpr std::array<pno::infer::MusicLimits, 4> kLimits = {
    pno::infer::MusicLimits{}, pno::infer::MusicLimits::none(),
    pno::infer::MusicLimits{0.1, 0.05, 2, 0.03, 2}, pno::infer::MusicLimits{1e-6, 1e-6, 1, 0, 1}};

class Bytes {
 public:
  explicit Bytes(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  unsigned byte() {
    if (bytes_.empty()) return 0;
    const unsigned first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }
  Token token(const Vocabulary& vocabulary) {
    const unsigned both = byte() << 8 | byte();
    return static_cast<Token>(both % static_cast<unsigned>(vocabulary.inputs()));
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes({data, size});
  const unsigned choices = bytes.byte();
  const auto& vocabulary = kVocabularies[choices & 3];
  const auto& limits = kLimits[choices >> 2 & 3];
  pno::infer::DrawOptions options{.limits = limits, .until_end = (choices & 32) != 0};
  options.sampler.temperature = (choices & 16) != 0 ? 1 : 0;
  if ((choices & 64) != 0) {
    options.controls = {.key = pno::infer::Key{1, true}, .density = 9, .repetition_penalty = 1};
  }
  pno::infer::MusicSampler sampler(vocabulary, options, choices);

  std::vector<Token> tokens = {vocabulary.bos()};
  const unsigned prime_size = bytes.byte() % 64;
  for (unsigned i = 0; i < prime_size; ++i) {
    tokens.push_back(bytes.token(vocabulary));
    sampler.read(tokens.back());
    if (tokens.back() == vocabulary.eos()) return 0;  // decode() stops at EOS
  }
  const auto before = pno::events::decode(tokens, vocabulary).mended;
  std::vector<float> logits(static_cast<std::size_t>(vocabulary.outputs()));
  bool ended = false;
  while (!bytes.empty() && !ended) {
    const Token preferred = bytes.token(vocabulary);
    constexpr float kPreference = 8;
    logits[preferred] = kPreference;
    const auto drawn = sampler.draw(logits);
    logits[preferred] = 0;
    PNO_CHECK(drawn.has_value(), "nothing may come");
    tokens.push_back(*drawn);
    sampler.read(*drawn);
    ended = *drawn == vocabulary.eos();
  }
  if (!ended) sampler.close(tokens);
  const auto mended = pno::events::decode(tokens, vocabulary).mended;
  if (mended.overlong_notes > 0) return 0;  // a note of hours, without a limit, does not fit a Note
  PNO_CHECK(mended.stray_note_offs == before.stray_note_offs, "a NOTE_OFF for a silent pitch");
  PNO_CHECK(mended.restrikes == before.restrikes, "a NOTE_ON for a sounding pitch");
  PNO_CHECK(mended.empty_notes == before.empty_notes, "a note that ends in its step");
  PNO_CHECK(mended.unended_notes == 0, "a note that does not end");
  if (prime_size == 0) {
    const auto wrong = pno::infer::problem_of(tokens, vocabulary, limits);
    PNO_CHECK(wrong.empty(), wrong.c_str());
  }
  return 0;
}
