#include <algorithm>
#include <map>

#include "base/printable_text.h"
#include "cli/describe.h"
#include "cli/music_lines.h"
#include "corpus/dataset.h"
#include "events/encode.h"

namespace pno::cli {
namespace {

struct SplitSums {
  corpus::MusicSums music;
  std::int64_t performance_tokens = 0, pno_ai_tokens = 0;

  void add(const SplitSums& other) {
    music.add(other.music);
    performance_tokens += other.performance_tokens;
    pno_ai_tokens += other.pno_ai_tokens;
  }
};

SplitSums sums_of(const corpus::Dataset& dataset, corpus::Split split) {
  SplitSums sums;
  std::vector<events::Token> tokens;
  for (const std::size_t piece : dataset.split(split)) {
    const auto notes = dataset.music(piece);
    const auto count_tokens = [&](const events::Vocabulary& vocabulary) {
      tokens.clear();
      events::encode(notes, vocabulary, {}, tokens);
      return static_cast<std::int64_t>(tokens.size());
    };
    sums.music.add(notes);
    sums.performance_tokens += count_tokens(events::kPerformance);
    sums.pno_ai_tokens += count_tokens(events::kPnoAi);
  }
  return sums;
}

Json sums_json(const SplitSums& sums) {
  return {{"pieces", sums.music.pieces},
          {"notes", sums.music.notes},
          {"hours", sums.music.hours()},
          {"tokens", {{"performance", sums.performance_tokens}, {"pno-ai", sums.pno_ai_tokens}}}};
}

std::string sums_line(std::string_view name, const SplitSums& sums) {
  return fmt::format("  {:<10}  {:>8}  {:>12}  {:>7.1f}  {:>13}  {:>13}\n", name,
                     grouped(sums.music.pieces), grouped(sums.music.notes), sums.music.hours(),
                     grouped(sums.performance_tokens), grouped(sums.pno_ai_tokens));
}

// How many pieces have each of something; the most frequent first.
class Tally {
 public:
  void add(const std::string& name) { ++pieces_[name]; }

  std::size_t size() const { return pieces_.size() - pieces_.count(""); }
  std::vector<std::pair<std::string, std::int64_t>> sorted() const {
    std::vector<std::pair<std::string, std::int64_t>> list(pieces_.begin(), pieces_.end());
    std::erase_if(list, [](const auto& entry) { return entry.first.empty(); });
    std::ranges::stable_sort(list, std::greater{}, [](const auto& entry) { return entry.second; });
    return list;
  }
  Json json() const {
    Json object = Json::object();
    for (const auto& [name, pieces] : sorted()) object[name] = pieces;
    return object;
  }
  // "disklavier 962, roll 483 and 3 more"; empty if there is none.
  std::string text() const {
    constexpr std::size_t kShown = 6;
    std::string text;
    const auto list = sorted();
    for (std::size_t i = 0; i < std::min(list.size(), kShown); ++i) {
      text += fmt::format("{}{} {}", i == 0 ? "" : ", ", printable_text(list[i].first),
                          grouped(list[i].second));
    }
    if (list.size() > kShown) text += fmt::format(" and {} more", list.size() - kShown);
    return text;
  }

 private:
  std::map<std::string, std::int64_t> pieces_;
};

struct Tallies {
  Tally corpora, kinds, parts, composers, performers;
};

Tallies tallies_of(const corpus::Dataset& dataset) {
  Tallies tallies;
  for (std::size_t piece = 0; piece < dataset.pieces(); ++piece) {
    const auto& info = dataset.info(piece);
    tallies.corpora.add(info.corpus);
    tallies.kinds.add(std::string(enum_name(info.kind)));
    for (const auto& part : info.parts) tallies.parts.add(part);
    tallies.composers.add(info.composer);
    tallies.performers.add(info.performer);
  }
  return tallies;
}

std::string tally_lines(const Tallies& tallies) {
  std::string text;
  const auto line = [&](std::string_view name, const Tally& tally, bool with_size) {
    if (tally.size() == 0) return;
    text += fmt::format(
        "  {:<10}{}{}\n", name,
        with_size ? fmt::format("{}: ", grouped(static_cast<std::int64_t>(tally.size()))) : "",
        tally.text());
  };
  line("corpus", tallies.corpora, false);
  line("kind", tallies.kinds, false);
  line("parts", tallies.parts, false);
  line("composers", tallies.composers, true);
  line("pianists", tallies.performers, true);
  return text;
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
  int lowest = 127, highest = 0;
  for (std::size_t piece = 0; piece < dataset.pieces(); ++piece) {
    lowest = std::min(lowest, dataset.pitch_range(piece).first);
    highest = std::max(highest, dataset.pitch_range(piece).second);
  }
  json["pitch_range"] = {lowest, highest};
  json.update(music_json(all.music));
  const Tallies tallies = tallies_of(dataset);
  json["corpora"] = tallies.corpora.json();
  json["music_kinds"] = tallies.kinds.json();
  json["parts"] = tallies.parts.json();
  json["composers"] = tallies.composers.size();
  json["performers"] = tallies.performers.size();

  auto text =
      fmt::format("{}: dataset\n  {:<10}  {:>8}  {:>12}  {:>7}  {:>13}  {:>13}\n", path.string(),
                  "split", "pieces", "notes", "hours", "performance", "pno-ai tokens");
  text += rows + sums_line("all", all) + tally_lines(tallies);
  text += fmt::format("  pitch     {} to {}\n", lowest, highest) + music_lines(all.music);
  text +=
      fmt::format("  licence   {}\n",
                  dataset.licences().empty() ? "not stated" : printable_text(dataset.licences()));
  return Answer{std::move(text), std::move(json)};
}

}  // namespace pno::cli
