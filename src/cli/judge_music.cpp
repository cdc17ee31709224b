#include "cli/judge_music.h"

#include <algorithm>
#include <cmath>

#include "base/progress.h"
#include "base/stopwatch.h"
#include "corpus/matching/overlap.h"
#include "corpus/matching/seen_music.h"

namespace pno::cli {
namespace {

constexpr double kNearlyWhole = 0.9;  // of the length that was asked; the last note may end before

// The pieces of the split whose music the training set has, as numbers of the reference.
Expected<std::vector<bool>> find_known(const corpus::Dataset& reference, corpus::Split split,
                                       const corpus::Dataset& training, int threads) {
  std::vector<bool> known(reference.pieces());
  auto trained_on = corpus::music_of(training, corpus::Split::train);
  if (trained_on.empty()) trained_on = corpus::music_of(training);
  ProgressLine line("overlap", "pieces");
  PNO_TRY([[maybe_unused]] const auto shares,
          corpus::find_overlap(
              corpus::music_of(reference, split), trained_on, {.threads = threads},
              [&](const corpus::MusicMatch& match) { known[match.a] = true; },
              [&](std::int64_t done, std::int64_t total) { line.update(done, total); }));
  return known;
}

// Excerpts of both real sets that the training set does not know, and their groups.
struct HumanMusic {
  std::vector<std::vector<events::PlainNote>> pieces;
  std::vector<std::size_t> groups;
  std::size_t known = 0;
};

HumanMusic human_music(const eval::RealSets& real, const std::vector<bool>& known) {
  HumanMusic human;
  std::size_t groups = 0;
  for (const auto* set : {&real.reference, &real.real}) {
    std::vector<std::size_t> group_of_work;
    for (const auto& each : *set) {
      if (known[each.piece]) {
        ++human.known;
        continue;
      }
      group_of_work.resize(std::max(group_of_work.size(), each.work + 1), SIZE_MAX);
      auto& group = group_of_work[each.work];
      if (group == SIZE_MAX) group = groups++;
      human.pieces.push_back(each.excerpt.notes);
      human.groups.push_back(group);
    }
  }
  return human;
}

Expected<OriginalityResult> find_originality(const JudgeFlags& flags, const JudgeResult& judged,
                                             const corpus::Dataset& reference) {
  PNO_TRY(auto training, corpus::Dataset::open(flags.training));
  PNO_TRY(const auto known, find_known(reference, flags.split, training, flags.threads));
  const auto human = human_music(judged.real, known);
  if (human.pieces.empty()) {
    return fail(
        "{}: all its {} music is in the training set {} too, so it cannot show how similar "
        "other human music is; choose another reference or split",
        reference.name(), enum_name(flags.split), training.name());
  }
  PNO_TRY(const auto index, eval::TripleIndex::build(training));
  const eval::OriginalityOptions options{
      .resamples = flags.resamples, .seed = flags.seed, .threads = flags.threads};
  ProgressLine line("originality", "pieces");
  const auto progress = [&](std::int64_t done, std::int64_t total) { line.update(done, total); };
  std::vector<std::vector<events::PlainNote>> samples;
  std::vector<std::size_t> groups;
  for (const auto& sample : judged.samples) {
    groups.push_back(samples.size());
    samples.push_back(sample.notes);
  }
  PNO_TRY(auto own, eval::originality(samples, groups, index, options, progress));
  PNO_TRY(auto others, eval::originality(human.pieces, human.groups, index, options, progress));
  return OriginalityResult{.training = std::move(training),
                           .samples = std::move(own),
                           .human = std::move(others),
                           .known_excerpts = human.known};
}

}  // namespace

Expected<JudgeResult> judge_music(const JudgeFlags& flags) {
  const Stopwatch watch;
  JudgeResult result;
  PNO_TRY(const auto reference, corpus::Dataset::open(flags.reference));
  PNO_TRY(result.music, corpus::load_music(flags.music, flags.read));
  const auto length_us = std::llround(flags.seconds * 1e6);
  for (const auto& piece : result.music.pieces) {
    result.samples.push_back(eval::excerpt_of(piece.notes, 0, length_us));
    const double seconds = result.samples.back().seconds();
    if (seconds < kNearlyWhole * flags.seconds) ++result.short_samples;
  }
  constexpr std::size_t kFewestReal = 100;  // excerpts of each real set, if there are so many
  PNO_TRY(result.real, eval::choose_real_excerpts(
                           reference, {.split = flags.split,
                                       .seconds = flags.seconds,
                                       .count = std::max(result.samples.size(), kFewestReal),
                                       .seed = flags.seed}));
  PNO_TRY(result.judgement, eval::judge(result.samples, result.real,
                                        {.resamples = flags.resamples, .seed = flags.seed}));
  if (!flags.training.empty()) {
    PNO_TRY(result.originality, find_originality(flags, result, reference));
  }
  result.seconds = watch.seconds();
  return result;
}

}  // namespace pno::cli
