#include "corpus/examples/examples.h"

#include <cmath>

#include "corpus/examples/music_example.h"

namespace pno::corpus {
namespace {

// Keeps the streams of examples apart from others that a run draws from the same seed.
constexpr std::uint64_t kExampleStreams = 0x6578616d706c65;  // "example"

// In shorter rows all examples are plain: the other tasks would have too little music to learn
// from.
constexpr std::size_t kLeastRoom = 256;

// An announced onset is a TIME_SHIFT of up to so many units.
constexpr int kLeastLongestShift = events::kAnnouncedUs / events::kAnnouncedUnitUs;

bool is_share(double value) {
  return value >= 0 && value <= 1;
}
bool are_rising(double least, double greatest) {
  return least > 0 && greatest >= least && std::isfinite(greatest);
}

Expected<void> check_weights(const TaskWeights& weights) {
  double sum = 0;
  Expected<void> result;
  TaskWeights::fields(weights, [&](std::string_view name, double weight, std::string_view) {
    if (!(weight >= 0) || !std::isfinite(weight)) {
      result = fail("the task '{}' has the weight {}, where 0 or more is needed", name, weight);
    }
    sum += weight;
  });
  PNO_TRY_VOID(result);
  return sum > 0 ? Expected<void>() : fail("all tasks have the weight 0; give one of them more");
}

Expected<void> check_options(const ExampleOptions& options) {
  const auto& vocabulary = options.vocabulary.ids;
  PNO_TRY_VOID(vocabulary.validate());
  if (!vocabulary.has_roles || vocabulary.max_shift_steps < kLeastLongestShift) {
    return fail("the vocabulary '{}' cannot hold tasks; 'performance+' can",
                events::vocabulary_name(vocabulary));
  }
  if (static_cast<std::size_t>(vocabulary.composers) != options.vocabulary.composers.size()) {
    return fail("the vocabulary has {} composers and {} names of them", vocabulary.composers,
                options.vocabulary.composers.size());
  }
  if (options.length < 1) {
    return fail("examples of {} tokens were asked for, where at least 1 is needed", options.length);
  }
  const auto& controls = options.controls;
  if (!is_share(controls.drop_all) || !is_share(controls.drop_each)) {
    return fail("controls are dropped with probabilities {} and {}, where 0 to 1 is allowed",
                controls.drop_all, controls.drop_each);
  }
  const auto& infill = options.infill;
  if (!are_rising(controls.least_s, controls.greatest_s) ||
      !are_rising(infill.least_gap_s, infill.greatest_gap_s) ||
      !are_rising(infill.least_future_s, infill.greatest_future_s)) {
    return fail("a range of seconds of the examples is empty or not positive");
  }
  return check_weights(options.weights);
}

}  // namespace

Expected<ExampleSampler> ExampleSampler::create(std::span<const Weighted> datasets, Split split,
                                                const ExampleOptions& options) {
  PNO_TRY_VOID(check_options(options));
  PNO_TRY(auto places, PlaceSampler::create(datasets, split, options.augmentation));
  return ExampleSampler(options, std::move(places));
}

Example ExampleSampler::draw(std::uint64_t index) const {
  const auto tokens = static_cast<std::size_t>(options_.length) + 1;
  Example example;
  example.tokens.reserve(tokens);
  example.roles.reserve(tokens);
  example.targets.reserve(tokens);
  ExampleWriter writer(options_.vocabulary.ids, tokens, example);
  const auto seed = options_.seed ^ kExampleStreams;
  const auto place = places_.draw(seed, index);
  RandomStream random(seed, index);
  random.seek(place.draws);
  const auto drawn = draw_task(random.uniform());
  const auto task = tokens < kLeastRoom ? Task::plain : drawn;
  if (task == Task::infill && draw_infill(place, random, writer)) return example;
  draw_music(place, task == Task::infill ? Task::plain : task, random, writer);
  return example;
}

Task ExampleSampler::draw_task(double uniform) const {
  double sum = 0;
  const auto each = [&](auto&& visit) {
    int task = 0;
    TaskWeights::fields(options_.weights, [&](std::string_view, double weight, std::string_view) {
      visit(static_cast<Task>(task++), weight);
    });
  };
  each([&](Task, double weight) { sum += weight; });
  double left = uniform * sum;
  auto chosen = Task::plain;
  bool found = false;
  each([&](Task task, double weight) {
    if (found || weight == 0) return;
    chosen = task;  // the last one with a weight, if rounding leaves more
    found = left < weight;
    left -= weight;
  });
  return chosen;
}

PieceControls ExampleSampler::controls_of(const CropPlace& place) const {
  const auto& info = place.dataset->info(place.piece);
  return {.composer = composers_.value(info.composer),
          .music_kind = static_cast<int>(info.kind) - 1};  // MusicKind::unknown is 0
}

bool ExampleSampler::draw_infill(const CropPlace& place, RandomStream& random,
                                 ExampleWriter& writer) const {
  const auto& ids = options_.vocabulary.ids;
  const auto crop = draw_example_crop(place, Task::infill, writer.room(), ids, random);
  const auto gap = draw_gap(crop, writer.room(), ids, options_.infill, random);
  if (!gap) return false;
  auto controls = infill_controls(crop, *gap, controls_of(place), ids.steps_per_second);
  if (random.uniform() < options_.controls.drop_all) controls = kNoControls;
  drop_values(options_.controls.drop_each, random, controls);
  return write_infill(crop, *gap, controls, ids, writer);
}

void ExampleSampler::draw_music(const CropPlace& place, Task task, RandomStream& random,
                                ExampleWriter& writer) const {
  const auto& ids = options_.vocabulary.ids;
  const auto crop = draw_example_crop(place, task, writer.room(), ids, random);
  const bool melody_is_given = task == Task::accompany || task == Task::duet;
  const auto controls = plan_controls({.events = crop.events,
                                       .melody_is_given = melody_is_given,
                                       .piece = controls_of(place),
                                       .steps_per_second = ids.steps_per_second},
                                      options_.controls, random);
  write_music(crop, task, controls, ids, writer);
}

}  // namespace pno::corpus
