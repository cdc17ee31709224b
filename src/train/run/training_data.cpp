#include "train/run/training_data.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/digest.h"
#include "corpus/windows.h"
#include "train/run/run_vocabulary.h"

namespace pno::train {
namespace {

constexpr double kUsPerHour = 3.6e9;

// Digest of the content hashes and splits of all pieces and of the weights: equal if two runs had
// the same data.
std::string data_hash(const std::vector<corpus::Dataset>& datasets,
                      const std::vector<DatasetSource>& sources) {
  Digest digest;
  for (std::size_t i = 0; i < datasets.size(); ++i) {
    digest.add(field_text(sources[i].weight));
    for (std::size_t piece = 0; piece < datasets[i].pieces(); ++piece) {
      const auto& info = datasets[i].info(piece);
      digest.add(info.hash);
      digest.add(enum_name(info.split));
    }
  }
  return digest.text();
}

std::int64_t training_tokens(const std::vector<corpus::Dataset>& datasets,
                             const events::Vocabulary& vocabulary) {
  std::int64_t sum = 0;
  std::vector<events::PlainNote> notes;
  std::vector<events::Token> tokens;
  for (const auto& dataset : datasets) {
    for (const auto piece : dataset.split(corpus::Split::train)) {
      tokens.clear();
      dataset.gather(piece, 0, dataset.notes_of(piece), notes);
      events::encode(notes, vocabulary, {}, tokens);
      sum += std::ssize(tokens);
    }
  }
  return sum;
}

// From the start of the piece to the end of its last note.
std::int64_t length_us(const corpus::Dataset& dataset, std::size_t piece) {
  std::int64_t end = 0;
  for (const auto& note : dataset.music(piece)) end = std::max(end, note.start_us + note.length_us);
  return end;
}

TextFields describe(const std::vector<corpus::Dataset>& datasets,
                    const std::vector<DatasetSource>& sources) {
  std::size_t pieces = 0;
  std::int64_t notes = 0, music_us = 0;
  std::vector<std::string> names, licences;
  for (std::size_t i = 0; i < datasets.size(); ++i) {
    const auto& trained_on = datasets[i].split(corpus::Split::train);
    pieces += trained_on.size();
    for (const auto piece : trained_on) {
      notes += datasets[i].notes_of(piece);
      music_us += length_us(datasets[i], piece);
    }
    names.push_back(sources[i].path.filename().string());
    const auto licence = datasets[i].licences();
    const bool is_new = std::find(licences.begin(), licences.end(), licence) == licences.end();
    if (!licence.empty() && is_new) licences.push_back(licence);
  }
  return {{"data.pieces", fmt::format("{}", pieces)},
          {"data.notes", fmt::format("{}", notes)},
          {"data.hours", fmt::format("{:.2f}", static_cast<double>(music_us) / kUsPerHour)},
          {"data.sources", fmt::format("{}", fmt::join(names, "; "))},
          {"data.licence", fmt::format("{}", fmt::join(licences, "; "))},
          {"data.hash", data_hash(datasets, sources)}};
}

// Windows of similar length share a batch, so that it has little padding. Rank r of n takes the
// windows r, r + n, r + 2n, …
std::vector<Batch> batches_of(std::vector<corpus::Window> windows, int rows,
                              const RankShare& share) {
  std::stable_sort(windows.begin(), windows.end(),
                   [](const auto& a, const auto& b) { return a.tokens.size() > b.tokens.size(); });
  std::vector<Batch> batches;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const auto& window = windows[i];
    if (static_cast<std::int64_t>(i) % share.ranks != share.rank) continue;
    if (batches.empty() || batches.back().rows == rows) {
      batches.emplace_back().length = static_cast<std::int64_t>(window.tokens.size()) - 1;
    }
    batches.back().add(window.tokens, window.tokens.size(), window.before);
  }
  return batches;
}

corpus::TaskWeights weights_of(const TrainConfig& config) {
  return {.plain = config.task_plain,
          .infill = config.task_infill,
          .accompany = config.task_accompany,
          .realise = config.task_realise,
          .duet = config.task_duet};
}

// Examples of one task alone, without augmentation and the same in every run. Music that has no
// place for the task is passed over.
Expected<void> add_examples(corpus::Task task, std::span<const corpus::Weighted> datasets,
                            const events::StoredVocabulary& vocabulary, int context,
                            std::int64_t count, std::vector<corpus::Example>& into) {
  corpus::ExampleOptions options{.vocabulary = vocabulary,
                                 .length = context,
                                 .augmentation = {.max_transpose = 0, .max_stretch = 0}};
  int index = 0;
  corpus::TaskWeights::fields(options.weights, [&](std::string_view, double& weight, auto) {
    weight = index++ == static_cast<int>(task) ? 1 : 0;
  });
  PNO_TRY(const auto sampler,
          corpus::ExampleSampler::create(datasets, corpus::Split::validation, options));
  constexpr std::int64_t kMostTries = 20;  // for each example
  const auto tries = count * kMostTries;
  for (std::int64_t i = 0; count > 0 && i < tries; ++i) {
    auto example = sampler.draw(static_cast<std::uint64_t>(i));
    if (example.task != task) continue;
    into.push_back(std::move(example));
    --count;
  }
  return {};
}

// This rank's share of config.validation_examples of each task that is trained.
Expected<std::vector<Batch>> task_batches(std::span<const corpus::Weighted> datasets,
                                          const TrainConfig& config,
                                          const events::StoredVocabulary& vocabulary,
                                          const DataOptions& options, int rows) {
  std::vector<corpus::Weighted> validated;
  for (const auto& source : datasets) {
    if (!source.dataset->split(corpus::Split::validation).empty()) validated.push_back(source);
  }
  std::vector<corpus::Example> examples;
  Expected<void> added;
  const auto weights = weights_of(config);
  int task = 0;
  corpus::TaskWeights::fields(weights, [&](std::string_view, double weight, auto) {
    const auto which = static_cast<corpus::Task>(task++);
    if (weight == 0 || validated.empty() || !added) return;
    added = add_examples(which, validated, vocabulary, options.context, config.validation_examples,
                         examples);
  });
  PNO_TRY_VOID(added);
  std::vector<Batch> batches;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (static_cast<std::int64_t>(i) % options.share.ranks != options.share.rank) continue;
    if (batches.empty() || batches.back().rows == rows) {
      batches.emplace_back().length = options.context;
    }
    batches.back().add(examples[i], vocabulary.ids);
  }
  return batches;
}

using TrainingCrops = decltype(TrainingData::crops);

Expected<TrainingCrops> training_crops(std::span<const corpus::Weighted> datasets,
                                       const TrainConfig& config,
                                       const events::StoredVocabulary& vocabulary, int context) {
  if (vocabulary.ids.has_roles) {
    PNO_TRY(auto examples,
            corpus::ExampleSampler::create(datasets, corpus::Split::train,
                                           {.vocabulary = vocabulary,
                                            .length = context,
                                            .augmentation = {.max_transpose = config.max_transpose,
                                                             .max_stretch = config.max_stretch},
                                            .weights = weights_of(config),
                                            .seed = config.seed}));
    return TrainingCrops(std::move(examples));
  }
  PNO_TRY(auto crops,
          corpus::CropSampler::create(datasets, corpus::Split::train,
                                      {.vocabulary = vocabulary.ids,
                                       .length = context + 1,
                                       .max_transpose = config.max_transpose,
                                       .max_stretch = config.max_stretch,
                                       .seed = config.seed,
                                       .any_event = config.crops == CropStart::tokens}));
  return TrainingCrops(std::move(crops));
}

}  // namespace

Expected<TrainingData> open_training_data(const std::vector<DatasetSource>& sources,
                                          const TrainConfig& config, const DataOptions& given) {
  if (sources.empty()) return fail_usage("no dataset was named; 'pno prepare' makes one");
  std::vector<corpus::Dataset> datasets;
  for (const auto& source : sources) {
    if (!(source.weight > 0) || !std::isfinite(source.weight)) {
      return fail_usage("{}: its weight is {}; it must be more than 0", source.path.string(),
                        source.weight);
    }
    PNO_TRY(auto dataset, corpus::Dataset::open(source.path));
    datasets.push_back(std::move(dataset));
  }

  std::vector<corpus::Weighted> weighted;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    weighted.push_back({&datasets[i], sources[i].weight});
  }
  auto known = given.vocabulary ? Expected<events::StoredVocabulary>(*given.vocabulary)
                                : vocabulary_of(config, datasets);
  PNO_TRY(auto vocabulary, std::move(known));
  PNO_TRY(auto crops, training_crops(weighted, config, vocabulary, given.context));

  const auto per_dataset =
      static_cast<std::size_t>(config.validation_windows + std::ssize(sources) - 1) /
      sources.size();
  std::vector<corpus::Window> windows;
  for (const auto& dataset : datasets) {
    auto some = corpus::validation_windows(
        dataset, vocabulary.ids,
        {.tokens = given.context, .sample = config.validation_windows > 0 ? per_dataset : 0});
    std::move(some.begin(), some.end(), std::back_inserter(windows));
  }
  const int rows = (config.batch + config.accumulate - 1) / config.accumulate;
  auto metadata = describe(datasets, sources);
  const auto epoch_tokens = training_tokens(datasets, vocabulary.ids);
  const bool has_validation = !windows.empty();
  auto validation = batches_of(std::move(windows), rows, given.share);
  std::vector<Batch> task_validation;
  if (config.validation_examples > 0) {
    PNO_TRY(task_validation, task_batches(weighted, config, vocabulary, given, rows));
  }
  return TrainingData{.datasets = std::move(datasets),
                      .vocabulary = std::move(vocabulary),
                      .crops = std::move(crops),
                      .validation = std::move(validation),
                      .task_validation = std::move(task_validation),
                      .has_validation = has_validation,
                      .epoch_tokens = epoch_tokens,
                      .metadata = std::move(metadata)};
}

}  // namespace pno::train
