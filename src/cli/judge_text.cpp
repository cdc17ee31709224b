#include "cli/judge_text.h"

#include <algorithm>
#include <set>

#include "corpus/matching/seen_music.h"

namespace pno::cli {
namespace {

using eval::Feature;
using eval::Interval;

std::string with_interval(const Interval& interval, int digits) {
  return fmt::format("{:.{}f} ({:.{}f}-{:.{}f})", interval.value, digits, interval.low, digits,
                     interval.high, digits);
}

Json interval_json(const Interval& interval) {
  return {{"value", interval.value}, {"low", interval.low}, {"high", interval.high}};
}

bool has_mean(std::size_t feature) {
  return !eval::feature_text(static_cast<Feature>(feature)).unit.empty();
}

std::string feature_line(const eval::Judgement& judgement, std::size_t i) {
  const auto& sample = judgement.samples.features[i];
  const auto& real = judgement.real.features[i];
  const auto [title, unit] = eval::feature_text(static_cast<Feature>(i));
  auto line = fmt::format("{:<29}  {:<17}  {:<17}  {:>6.3f}  {:>6.3f}  {:>9.2f}", title,
                          with_interval(sample.overlap, 2), with_interval(real.overlap, 2),
                          sample.divergence.value, real.divergence.value, sample.diversity.value);
  if (has_mean(i)) {
    line +=
        fmt::format("  {:>8.2f}  {:>8.2f}", sample.mean.value, judgement.reference_means[i].value);
  }
  return line + '\n';
}

std::size_t longest_copy(const eval::SetOriginality& set) {
  std::size_t longest = 0;
  for (const auto& piece : set.pieces) longest = std::max(longest, piece.copied.notes);
  return longest;
}

std::string originality_line(std::string_view name, const eval::SetOriginality& set) {
  return fmt::format("{:<29}  {:<20}  {:<18}  {:>7}\n", name, with_interval(set.similarity, 3),
                     with_interval(set.copied_notes, 1), longest_copy(set));
}

// The samples by the notes of their longest copied passage, most first.
std::vector<std::size_t> by_copied_notes(const eval::SetOriginality& samples) {
  std::vector<std::size_t> order(samples.pieces.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::greater{},
                           [&](auto i) { return samples.pieces[i].copied.notes; });
  return order;
}

std::string originality_text(const JudgeResult& result) {
  const auto& found = *result.originality;
  std::string text = fmt::format("\n{:<29}  {:<20}  {:<18}  {:>7}\n", "originality", "similarity",
                                 "longest copy, notes", "of all");
  text += originality_line("samples", found.samples) + originality_line("human", found.human);
  constexpr std::size_t kShown = 5;
  const auto order = by_copied_notes(found.samples);
  for (std::size_t i = 0; i < std::min(kShown, order.size()); ++i) {
    const auto& copied = found.samples.pieces[order[i]].copied;
    if (copied.notes == 0) break;
    text += fmt::format("{:>4} notes, {} at {:.1f} s: {} at {:.1f} s\n", copied.notes,
                        corpus::piece_name(result.music.pieces[order[i]].info), copied.from_s,
                        corpus::piece_name(found.training.info(copied.piece)), copied.piece_from_s);
  }
  return text;
}

Json comparison_json(const eval::FeatureComparison& comparison, bool with_mean) {
  Json json = {{"overlap", interval_json(comparison.overlap)},
               {"divergence", interval_json(comparison.divergence)},
               {"diversity", interval_json(comparison.diversity)}};
  if (with_mean) json["mean"] = interval_json(comparison.mean);
  return json;
}

Json set_json(const eval::SetComparison& comparison) {
  Json features = Json::object();
  for (std::size_t i = 0; i < eval::kFeatures; ++i) {
    features[std::string(enum_name(static_cast<Feature>(i)))] =
        comparison_json(comparison.features[i], has_mean(i));
  }
  return {{"overlap", interval_json(comparison.overlap)},
          {"divergence", interval_json(comparison.divergence)},
          {"features", std::move(features)}};
}

Json originality_set_json(const eval::SetOriginality& set) {
  return {{"pieces", set.pieces.size()},
          {"similarity", interval_json(set.similarity)},
          {"copied_notes", interval_json(set.copied_notes)},
          {"longest_copy_notes", longest_copy(set)}};
}

Json originality_json(const JudgeFlags& flags, const JudgeResult& result) {
  const auto& found = *result.originality;
  Json copies = Json::array();
  for (std::size_t i = 0; i < found.samples.pieces.size(); ++i) {
    const auto& piece = found.samples.pieces[i];
    Json copy = {{"file", result.music.pieces[i].info.source},
                 {"similarity", piece.similarity},
                 {"notes", piece.copied.notes}};
    if (piece.copied.notes > 0) {
      const auto& copied = piece.copied;
      copy["from_s"] = copied.from_s;
      copy["seconds"] = copied.seconds;
      copy["source"] = corpus::piece_name(found.training.info(copied.piece));
      copy["source_file"] = found.training.info(copied.piece).source;
      copy["source_from_s"] = copied.piece_from_s;
      copy["transposition"] = copied.transposition;
      copy["tempo"] = copied.tempo;
    }
    copies.push_back(std::move(copy));
  }
  return {{"training", flags.training.string()},
          {"samples", originality_set_json(found.samples)},
          {"human", originality_set_json(found.human)},
          {"known_excerpts", found.known_excerpts},
          {"copies", std::move(copies)}};
}

std::size_t works(const std::vector<eval::RealExcerpt>& excerpts) {
  std::set<std::size_t> found;
  for (const auto& each : excerpts) found.insert(each.work);
  return found.size();
}

}  // namespace

std::string judge_summary(const JudgeFlags& flags, const JudgeResult& result) {
  const auto& [samples, real, means] = result.judgement;
  std::string text = fmt::format(
      "{} samples of {:g} s against {} excerpts of {} works, {} of {}; seed {}\n",
      result.samples.size(), flags.seconds, result.real.reference.size(),
      works(result.real.reference), enum_name(flags.split), flags.reference.string(), flags.seed);
  text += fmt::format("{:<29}  {:<17}  {:<17}  {:>6}  {:>6}  {:>9}  {:>8}  {:>8}\n", "feature",
                      "overlap", "real with real", "KL", "real", "diversity", "mean", "real");
  for (std::size_t i = 0; i < eval::kFeatures; ++i) text += feature_line(result.judgement, i);
  text += fmt::format("{:<29}  {:<17}  {:<17}  {:>6.3f}  {:>6.3f}\n", "mean of all",
                      with_interval(samples.overlap, 2), with_interval(real.overlap, 2),
                      samples.divergence.value, real.divergence.value);
  if (result.originality) text += originality_text(result);
  for (const auto& skipped : result.music.skipped) {
    text += fmt::format("skipped {}: {}\n", skipped.file, skipped.reason);
  }
  return text + fmt::format("{:.1f} s\n", result.seconds);
}

Json judge_json(const JudgeFlags& flags, const JudgeResult& result) {
  Json skipped = Json::array();
  for (const auto& file : result.music.skipped) {
    skipped.push_back({{"file", file.file}, {"reason", file.reason}});
  }
  Json reference_means = Json::object();
  for (std::size_t i = 0; i < eval::kFeatures; ++i) {
    if (!has_mean(i)) continue;
    reference_means[std::string(enum_name(static_cast<Feature>(i)))] =
        interval_json(result.judgement.reference_means[i]);
  }
  Json json = {{"pieces", result.samples.size()},
               {"skipped", std::move(skipped)},
               {"excerpt_seconds", flags.seconds},
               {"shorter_pieces", result.short_samples},
               {"reference", flags.reference.string()},
               {"split", enum_name(flags.split)},
               {"reference_excerpts", result.real.reference.size()},
               {"reference_works", works(result.real.reference)},
               {"real_excerpts", result.real.real.size()},
               {"real_works", works(result.real.real)},
               {"seed", flags.seed},
               {"resamples", flags.resamples},
               {"samples", set_json(result.judgement.samples)},
               {"real", set_json(result.judgement.real)},
               {"reference_means", std::move(reference_means)}};
  if (result.originality) json["originality"] = originality_json(flags, result);
  if (!flags.output.empty()) json["output"] = flags.output.string();
  json["seconds"] = result.seconds;
  return json;
}

report::JudgePage page_of(const JudgeFlags& flags, const JudgeResult& result) {
  std::string sources;
  for (const auto& path : flags.music) {
    sources += (sources.empty() ? "" : ", ") + path.filename().string();
  }
  report::JudgePage page{
      .title = sources.empty() ? flags.music.front().string() : sources,
      .protocol =
          {{"music", fmt::format("{} pieces, the first {:g} s of each; {} are shorter",
                                 result.samples.size(), flags.seconds, result.short_samples)},
           {"reference", fmt::format("{}, {} split", flags.reference.filename().string(),
                                     enum_name(flags.split))},
           {"real reference", fmt::format("{} excerpts of {} works", result.real.reference.size(),
                                          works(result.real.reference))},
           {"other real music", fmt::format("{} excerpts of {} other works",
                                            result.real.real.size(), works(result.real.real))},
           {"intervals",
            fmt::format("95 %, {} bootstrap resamples over pieces and works", flags.resamples)},
           {"seed", fmt::format("{}", flags.seed)}},
      .judgement = result.judgement};
  if (!result.originality) return page;
  const auto& found = *result.originality;
  page.protocol.emplace_back(
      "training set",
      fmt::format("{}; {} real excerpts whose pieces it has are left out of the human row",
                  flags.training.filename().string(), found.known_excerpts));
  page.originality = {.samples = found.samples, .human = found.human, .copies = {}};
  for (const auto i : by_copied_notes(found.samples)) {
    const auto& passage = found.samples.pieces[i].copied;
    if (passage.notes == 0) break;
    page.originality->copies.push_back(
        {.sample = corpus::piece_name(result.music.pieces[i].info),
         .source = corpus::piece_name(found.training.info(passage.piece)),
         .passage = passage,
         .sample_music = result.samples[i],
         .source_music = found.training.music(passage.piece)});
  }
  return page;
}

}  // namespace pno::cli
