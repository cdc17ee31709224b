#include "corpus/crops.h"

#include <algorithm>
#include <cmath>

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
  if (options.max_transpose < 0 || options.max_transpose > 127) {
    return fail("a transposition of up to {} semitones was asked for, where 0 to 127 is allowed",
                options.max_transpose);
  }
  if (!(options.max_stretch >= 0 && options.max_stretch < 1)) {
    return fail("a stretch of up to {} was asked for, where 0 to less than 1 is allowed",
                options.max_stretch);
  }
  return {};
}

// The piece keeps its key if a note of it, in this crop or not, would leave 0..127.
int fitting_transposition(int wanted, std::pair<int, int> range) {
  return range.first + wanted < 0 || range.second + wanted > 127 ? 0 : wanted;
}

}  // namespace

Expected<CropSampler> CropSampler::create(std::span<const Weighted> datasets, Split split,
                                          const CropOptions& options) {
  PNO_TRY_VOID(check_options(options));
  if (datasets.empty()) return fail("no dataset was given to draw crops from");
  CropSampler sampler(options);
  double weight_end = 0;
  for (const auto& [dataset, weight] : datasets) {
    if (!(weight > 0) || !std::isfinite(weight)) {
      return fail("{}: has the weight {}, where a positive number is needed", dataset->name(),
                  weight);
    }
    weight_end += weight;
    Source source{dataset, weight_end, {0}, dataset->split(split)};
    for (const std::size_t piece : source.pieces) {
      source.notes_before.push_back(source.notes_before.back() + dataset->notes_of(piece));
    }
    if (source.notes_before.back() == 0) {
      return fail(
          "{}: has no pieces in its split '{}'; prepare it again, with another 'pno prepare "
          "--split'",
          dataset->name(), enum_name(split));
    }
    sampler.sources_.push_back(std::move(source));
  }
  return sampler;
}

const CropSampler::Source& CropSampler::draw_source(double uniform) const {
  const double weight = uniform * sources_.back().weight_end;
  const auto found = std::ranges::upper_bound(sources_, weight, {}, &Source::weight_end);
  return found == sources_.end() ? sources_.back() : *found;  // the product may round up
}

CropSampler::Place CropSampler::draw_place(std::uint64_t index) const {
  RandomStream random(options_.seed ^ kCropStreams, index);
  Place place;
  place.source = &draw_source(random.uniform());
  const auto& before = place.source->notes_before;
  const auto start =
      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(before.back())));
  const auto chosen = std::ranges::upper_bound(before, start) - before.begin() - 1;
  place.piece = place.source->pieces[static_cast<std::size_t>(chosen)];
  place.note = start - before[static_cast<std::size_t>(chosen)];
  const auto keys = 2 * static_cast<std::uint64_t>(options_.max_transpose) + 1;
  const int wanted = static_cast<int>(random.below(keys)) - options_.max_transpose;
  place.transpose = fitting_transposition(wanted, place.source->dataset->pitch_range(place.piece));
  place.stretch = 1 + options_.max_stretch * (2 * random.uniform() - 1);
  if (options_.any_event) place.offset = static_cast<std::size_t>(random.below(kOffsets));
  return place;
}

CropSampler::Stream CropSampler::from_note(const Place& place) const {
  const auto length = static_cast<std::size_t>(options_.length);
  const auto& dataset = *place.source->dataset;
  Stream stream;
  stream.tokens.reserve(length + length / 4);
  events::Encoder encoder(options_.vocabulary,
                          {.transpose = place.transpose,
                           .stretch = place.stretch,
                           .bos = place.note == 0,
                           .max_tokens = length},
                          stream.tokens);
  std::vector<events::PlainNote> block;
  const auto end = dataset.notes_of(place.piece);
  bool wanting = true;
  for (auto note = place.note; wanting && note < end; note += kBlockNotes) {
    dataset.gather(place.piece, note, std::min(kBlockNotes, end - note), block);
    wanting = encoder.add(block);
  }
  if (wanting) encoder.finish();
  return stream;
}

CropSampler::Stream CropSampler::from_event(const Place& place) const {
  const auto length = static_cast<std::size_t>(options_.length);
  const auto& dataset = *place.source->dataset;
  const auto first = std::max<std::int64_t>(0, place.note - kNotesBefore);
  Stream stream;
  stream.tokens.reserve(length + kUsualTokensBefore);
  events::Encoder encoder(options_.vocabulary,
                          {.transpose = place.transpose,
                           .stretch = place.stretch,
                           .bos = first == 0,
                           .max_tokens = kMostTokensBefore + kOffsets + length},
                          stream.tokens);
  std::vector<events::PlainNote> block;
  dataset.gather(place.piece, first, place.note - first, block);
  encoder.add(block);
  const auto at = stream.tokens.size();  // the place of the note
  if (at > kMostTokensBefore) return from_note(place);
  const auto lowest = at - std::min(at, kOffsets / 2);
  stream.start = at + place.offset - std::min(at + place.offset, kOffsets / 2);

  const auto end = dataset.notes_of(place.piece);
  bool wanting = true;
  for (auto note = place.note; wanting && note < end; note += kBlockNotes) {
    dataset.gather(place.piece, note, std::min(kBlockNotes, end - note), block);
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
