#include "corpus/crop_place.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"

namespace pno::corpus {
namespace {

Expected<void> check_augmentation(const Augmentation& augmentation) {
  if (augmentation.max_transpose < 0 || augmentation.max_transpose > 127) {
    return fail("a transposition of up to {} semitones was asked for, where 0 to 127 is allowed",
                augmentation.max_transpose);
  }
  if (!(augmentation.max_stretch >= 0 && augmentation.max_stretch < 1)) {
    return fail("a stretch of up to {} was asked for, where 0 to less than 1 is allowed",
                augmentation.max_stretch);
  }
  return {};
}

// The piece keeps its key if a note of it, in this crop or not, would leave 0..127.
int fitting_transposition(int wanted, std::pair<int, int> range) {
  return range.first + wanted < 0 || range.second + wanted > 127 ? 0 : wanted;
}

}  // namespace

Expected<PlaceSampler> PlaceSampler::create(std::span<const Weighted> datasets, Split split,
                                            const Augmentation& augmentation) {
  PNO_TRY_VOID(check_augmentation(augmentation));
  if (datasets.empty()) return fail("no dataset was given to draw crops from");
  PlaceSampler sampler(augmentation);
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

const PlaceSampler::Source& PlaceSampler::source_at(double uniform) const {
  const double weight = uniform * sources_.back().weight_end;
  const auto found = std::ranges::upper_bound(sources_, weight, {}, &Source::weight_end);
  return found == sources_.end() ? sources_.back() : *found;  // the product may round up
}

CropPlace PlaceSampler::draw(std::uint64_t seed, std::uint64_t index) const {
  RandomStream random(seed, index);
  const Source& source = source_at(random.uniform());
  const auto& before = source.notes_before;
  const auto start =
      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(before.back())));
  const auto chosen = std::ranges::upper_bound(before, start) - before.begin() - 1;
  CropPlace place{.dataset = source.dataset,
                  .piece = source.pieces[static_cast<std::size_t>(chosen)],
                  .note = start - before[static_cast<std::size_t>(chosen)]};
  const auto keys = 2 * static_cast<std::uint64_t>(augmentation_.max_transpose) + 1;
  const int wanted = static_cast<int>(random.below(keys)) - augmentation_.max_transpose;
  place.transpose = fitting_transposition(wanted, place.dataset->pitch_range(place.piece));
  place.stretch = 1 + augmentation_.max_stretch * (2 * random.uniform() - 1);
  place.draws = random.position();
  return place;
}

}  // namespace pno::corpus
