// Reads any bytes as a dataset file: the result is an error, or a dataset that can be gathered,
// cropped and encoded.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "corpus/crops.h"
#include "corpus/dataset.h"
#include "events/decode.h"
#include "events/encode.h"

namespace {

using pno::corpus::Dataset;
using pno::corpus::Split;

// A piece's music is the same whole and in blocks, and no more than its rows.
void gather_in_blocks(const Dataset& dataset, std::size_t piece,
                      const std::vector<pno::events::PlainNote>& notes) {
  constexpr std::int64_t kBlock = 3;
  const auto count = static_cast<std::int64_t>(notes.size());
  PNO_CHECK(notes.size() <= dataset.rows_of(piece).pitch.size(), "more notes than rows");
  std::vector<pno::events::PlainNote> block;
  for (std::int64_t first = 0; first < count; first += kBlock) {
    dataset.gather(piece, first, std::min(kBlock, count - first), block);
    PNO_CHECK(std::equal(block.begin(), block.end(), notes.begin() + first), "another block");
  }
}

void encode_every_piece(const Dataset& dataset) {
  const auto& vocabulary = pno::events::kPerformance;
  std::vector<pno::events::PlainNote> notes;
  for (std::size_t piece = 0; piece < dataset.pieces(); ++piece) {
    dataset.gather(piece, 0, dataset.notes_of(piece), notes);
    gather_in_blocks(dataset, piece, notes);
    const auto tokens = pno::events::encode(notes, vocabulary, {.max_tokens = 5000});
    const auto decoded = pno::events::decode(tokens, vocabulary);
    PNO_CHECK(!decoded.performance.notes.empty() || tokens.size() == 5000, "a piece was lost");
  }
}

void draw_crops(const Dataset& dataset, Split split) {
  constexpr int kLength = 100;
  const pno::corpus::Weighted weighted[] = {{&dataset, 1}};
  const auto sampler = pno::corpus::CropSampler::create(weighted, split, {.length = kLength});
  PNO_CHECK(sampler.has_value() == !dataset.split(split).empty(), "a split with and without notes");
  if (!sampler) return;
  std::vector<pno::events::Token> tokens(kLength);
  for (std::uint64_t i = 0; i < 10; ++i) {
    const int music = sampler->draw(i, tokens);
    PNO_CHECK(music > 0 && music <= kLength, "a crop without music");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A mapped file is aligned to a page; the copy is aligned for any value in it.
  std::vector<std::uint64_t> words(size / sizeof(std::uint64_t) + 1);
  if (size > 0) std::memcpy(words.data(), data, size);
  const auto bytes = std::as_bytes(std::span(words)).first(size);

  const auto dataset = Dataset::parse(bytes, "fuzzed");
  if (!dataset) {
    PNO_CHECK(dataset.error().message.starts_with("fuzzed: "), "a message without the file's name");
    return 0;
  }
  encode_every_piece(*dataset);
  for (const auto split : {Split::train, Split::validation, Split::test}) {
    draw_crops(*dataset, split);
  }
  return 0;
}
