#include "corpus/crops.h"

#include <algorithm>

#include "base/random.h"
#include "events/encode.h"

namespace pno::corpus {
namespace {

// Keeps the streams of crops apart from others that a run draws from the same seed.
constexpr std::uint64_t kCropStreams = 0x63726f7073;  // "crops"

// A crop of 1024 tokens takes about 250 notes; they are gathered in blocks until it is full.
constexpr std::int64_t kBlockNotes = 64;

// Of crops that begin at any event, see CropOptions::any_event.
constexpr std::size_t kOffsets = 64;
constexpr std::int64_t kNotesBefore = 256;
constexpr std::size_t kUsualTokensBefore = 5 * kNotesBefore, kMostTokensBefore = 8192;

Expected<void> check_options(const CropOptions& options) {
  PNO_TRY_VOID(options.vocabulary.validate());
  if (options.length < 1) {
    return fail("a crop of {} tokens was asked for, where at least 1 is needed", options.length);
  }
  return {};
}

}  // namespace

Expected<CropSampler> CropSampler::create(std::span<const Weighted> datasets, Split split,
                                          const CropOptions& options) {
  PNO_TRY_VOID(check_options(options));
  PNO_TRY(auto places,
          PlaceSampler::create(datasets, split, {options.max_transpose, options.max_stretch}));
  return CropSampler(options, std::move(places));
}

CropSampler::Place CropSampler::draw_place(std::uint64_t index) const {
  const auto seed = options_.seed ^ kCropStreams;
  Place place{.crop = places_.draw(seed, index)};
  if (options_.any_event) {
    RandomStream random(seed, index);
    random.seek(place.crop.draws);
    place.offset = static_cast<std::size_t>(random.below(kOffsets));
  }
  return place;
}

CropSampler::Stream CropSampler::from_note(const Place& place) const {
  const auto length = static_cast<std::size_t>(options_.length);
  const auto& dataset = *place.crop.dataset;
  Stream stream;
  stream.tokens.reserve(length + length / 4);
  events::Encoder encoder(options_.vocabulary,
                          {.transpose = place.crop.transpose,
                           .stretch = place.crop.stretch,
                           .bos = place.crop.note == 0,
                           .max_tokens = length},
                          stream.tokens);
  std::vector<events::PlainNote> block;
  const auto end = dataset.notes_of(place.crop.piece);
  bool wanting = true;
  for (auto note = place.crop.note; wanting && note < end; note += kBlockNotes) {
    dataset.gather(place.crop.piece, note, std::min(kBlockNotes, end - note), block);
    wanting = encoder.add(block);
  }
  if (wanting) encoder.finish();
  return stream;
}

CropSampler::Stream CropSampler::from_event(const Place& place) const {
  const auto length = static_cast<std::size_t>(options_.length);
  const auto& dataset = *place.crop.dataset;
  const auto first = std::max<std::int64_t>(0, place.crop.note - kNotesBefore);
  Stream stream;
  stream.tokens.reserve(length + kUsualTokensBefore);
  events::Encoder encoder(options_.vocabulary,
                          {.transpose = place.crop.transpose,
                           .stretch = place.crop.stretch,
                           .bos = first == 0,
                           .max_tokens = kMostTokensBefore + kOffsets + length},
                          stream.tokens);
  std::vector<events::PlainNote> block;
  dataset.gather(place.crop.piece, first, place.crop.note - first, block);
  encoder.add(block);
  const auto at = stream.tokens.size();  // the place of the note
  if (at > kMostTokensBefore) return from_note(place);
  const auto lowest = at - std::min(at, kOffsets / 2);
  stream.start = at + place.offset - std::min(at + place.offset, kOffsets / 2);

  const auto end = dataset.notes_of(place.crop.piece);
  bool wanting = true;
  for (auto note = place.crop.note; wanting && note < end; note += kBlockNotes) {
    dataset.gather(place.crop.piece, note, std::min(kBlockNotes, end - note), block);
    wanting = encoder.add(block) && stream.tokens.size() < stream.start + length;
  }
  if (wanting) {
    encoder.finish();
    // The last event has none after it, so it is not a start.
    const auto starts = stream.tokens.size() - 1 - lowest;
    stream.start = lowest + (stream.start - lowest) % starts;
  }
  return stream;
}

int CropSampler::draw(std::uint64_t index, std::span<events::Token> tokens) const {
  events::Grammar unused(options_.vocabulary);
  return draw(index, tokens, unused);
}

int CropSampler::draw(std::uint64_t index, std::span<events::Token> tokens,
                      events::Grammar& before) const {
  PNO_CHECK(std::ssize(tokens) == options_.length, "a crop drawn into a span of another length");
  const auto place = draw_place(index);
  const auto stream = options_.any_event ? from_event(place) : from_note(place);
  const auto all = std::span(stream.tokens);
  before = events::Grammar(options_.vocabulary);
  for (const auto token : all.first(stream.start)) before.read(token);
  const auto music = std::min(tokens.size(), all.size() - stream.start);
  const auto padding = std::ranges::copy(all.subspan(stream.start, music), tokens.begin()).out;
  std::fill(padding, tokens.end(), options_.vocabulary.eos());
  return static_cast<int>(music);
}

}  // namespace pno::corpus
