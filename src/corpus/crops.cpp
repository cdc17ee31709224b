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

int CropSampler::draw(std::uint64_t index, std::span<events::Token> tokens) const {
  const auto length = static_cast<std::size_t>(options_.length);
  PNO_CHECK(tokens.size() == length, "a crop drawn into a span of another length");
  RandomStream random(options_.seed ^ kCropStreams, index);
  const Source& source = draw_source(random.uniform());
  const auto& before = source.notes_before;
  const auto start =
      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(before.back())));
  const auto chosen = std::ranges::upper_bound(before, start) - before.begin() - 1;
  const std::size_t piece = source.pieces[static_cast<std::size_t>(chosen)];
  const std::int64_t first = start - before[static_cast<std::size_t>(chosen)];
  const auto keys = 2 * static_cast<std::uint64_t>(options_.max_transpose) + 1;
  const int wanted = static_cast<int>(random.below(keys)) - options_.max_transpose;
  const double stretch = 1 + options_.max_stretch * (2 * random.uniform() - 1);

  std::vector<events::Token> crop;
  crop.reserve(length + length / 4);
  events::Encoder encoder(
      options_.vocabulary,
      {.transpose = fitting_transposition(wanted, source.dataset->pitch_range(piece)),
       .stretch = stretch,
       .bos = first == 0,
       .max_tokens = length},
      crop);
  std::vector<events::PlainNote> block;
  const std::int64_t end = source.dataset->notes_of(piece);
  bool wanting = true;
  for (std::int64_t note = first; wanting && note < end; note += kBlockNotes) {
    source.dataset->gather(piece, note, std::min(kBlockNotes, end - note), block);
    wanting = encoder.add(block);
  }
  if (wanting) encoder.finish();
  const auto padding = std::ranges::copy(crop, tokens.begin()).out;
  std::fill(padding, tokens.end(), options_.vocabulary.eos());
  return static_cast<int>(crop.size());
}

}  // namespace pno::corpus
