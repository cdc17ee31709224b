#include <algorithm>

#include "cli/describe.h"
#include "corpus/dataset.h"
#include "events/encode.h"

namespace pno::cli {
namespace {

struct SplitSums {
  std::int64_t pieces = 0, notes = 0;
  double seconds = 0;
  std::int64_t performance_tokens = 0, pno_ai_tokens = 0;

  void add(const SplitSums& other) {
    pieces += other.pieces;
    notes += other.notes;
    seconds += other.seconds;
    performance_tokens += other.performance_tokens;
    pno_ai_tokens += other.pno_ai_tokens;
  }
};

SplitSums sums_of(const corpus::Dataset& dataset, corpus::Split split) {
  SplitSums sums;
  std::vector<events::PlainNote> notes;
  std::vector<events::Token> tokens;
  for (const std::size_t piece : dataset.split(split)) {
    notes.clear();
    dataset.gather(piece, 0, dataset.notes_of(piece), notes);
    std::int64_t end_us = 0;
    for (const auto& note : notes) end_us = std::max(end_us, note.start_us + note.length_us);
    const auto count_tokens = [&](const events::Vocabulary& vocabulary) {
      tokens.clear();
      events::encode(notes, vocabulary, {}, tokens);
      return static_cast<std::int64_t>(tokens.size());
    };
    sums.add({.pieces = 1,
              .notes = static_cast<std::int64_t>(notes.size()),
              .seconds = static_cast<double>(end_us) / 1e6,
              .performance_tokens = count_tokens(events::kPerformance),
              .pno_ai_tokens = count_tokens(events::kPnoAi)});
  }
  return sums;
}

Json sums_json(const SplitSums& sums) {
  return {{"pieces", sums.pieces},
          {"notes", sums.notes},
          {"hours", sums.seconds / 3600},
          {"tokens", {{"performance", sums.performance_tokens}, {"pno-ai", sums.pno_ai_tokens}}}};
}

std::string sums_line(std::string_view name, const SplitSums& sums) {
  return fmt::format("  {:<10}  {:>8}  {:>12}  {:>7.1f}  {:>13}  {:>13}\n", name,
                     grouped(sums.pieces), grouped(sums.notes), sums.seconds / 3600,
                     grouped(sums.performance_tokens), grouped(sums.pno_ai_tokens));
}

}  // namespace

Expected<Answer> describe_dataset(const std::filesystem::path& path) {
  PNO_TRY(const auto dataset, corpus::Dataset::open(path));
  SplitSums all;
  std::string rows;
  Json splits = Json::object();
  for (int i = 0; i < corpus::kSplits; ++i) {
    const auto split = static_cast<corpus::Split>(i);
    const auto sums = sums_of(dataset, split);
    rows += sums_line(enum_name(split), sums);
    splits[std::string(enum_name(split))] = sums_json(sums);
    all.add(sums);
  }
  Json json = {{"file", path.string()}, {"kind", "dataset"}};
  json.update(sums_json(all));
  json["splits"] = std::move(splits);
  json["licences"] = dataset.licences();
  auto text =
      fmt::format("{}: dataset\n  {:<10}  {:>8}  {:>12}  {:>7}  {:>13}  {:>13}\n", path.string(),
                  "split", "pieces", "notes", "hours", "performance", "pno-ai tokens");
  text += rows + sums_line("all", all);
  if (dataset.notes() > 0) {
    int lowest = 127, highest = 0;
    for (std::size_t piece = 0; piece < dataset.pieces(); ++piece) {
      lowest = std::min(lowest, dataset.pitch_range(piece).first);
      highest = std::max(highest, dataset.pitch_range(piece).second);
    }
    const double density = static_cast<double>(all.notes) / all.seconds;
    json["pitch_range"] = {lowest, highest};
    json["notes_per_second"] = density;
    text += fmt::format("  pitch {} to {}, {:.1f} notes a second\n", lowest, highest, density);
  }
  text += fmt::format("  licence: {}\n",
                      dataset.licences().empty() ? "not stated" : dataset.licences());
  return Answer{std::move(text), std::move(json)};
}

}  // namespace pno::cli
