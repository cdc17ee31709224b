// pno overlap: which pieces of two datasets are the same music.

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "base/progress.h"
#include "cli/commands/commands.h"
#include "cli/output_path.h"
#include "cli/plot_overlap.h"
#include "cli/shared_flags.h"
#include "corpus/dataset.h"
#include "corpus/matching/same_recording.h"
#include "corpus/matching/seen_music.h"

namespace pno::cli {
namespace {

constexpr std::size_t kShownPairs = 20;  // in the text; --json has all

struct OverlapFlags {
  std::string a, b, plot;
  double threshold = corpus::kSameMusicShare;
  int threads = 0;
};

struct Pair {
  corpus::MusicMatch match;
  bool is_same_recording = false;
};

// The two datasets, and what was found in them.
struct Found {
  const corpus::Dataset& a;
  const corpus::Dataset& b;
  bool is_within = false;
  std::vector<Pair> pairs = {};  // the largest share first
  corpus::ShareCounts shares = {};
};

Expected<void> find_pairs(const OverlapFlags& flags, Found& found) {
  const auto music_a = corpus::music_of(found.a), music_b = corpus::music_of(found.b);
  const auto take = [&](const corpus::MusicMatch& match) {
    const bool is_copy = corpus::is_same_recording(
        corpus::onsets_of(found.a, match.a), corpus::onsets_of(found.b, match.b), match.share);
    found.pairs.push_back({.match = match, .is_same_recording = is_copy});
  };
  ProgressLine line("overlap", "pieces");
  const auto progress = [&](std::int64_t done, std::int64_t total) { line.update(done, total); };
  const corpus::OverlapOptions options{.threshold = flags.threshold, .threads = flags.threads};
  PNO_TRY(found.shares, found.is_within
                            ? corpus::find_overlap_within(music_a, options, take, progress)
                            : corpus::find_overlap(music_a, music_b, options, take, progress));
  std::stable_sort(found.pairs.begin(), found.pairs.end(),
                   [](const Pair& x, const Pair& y) { return x.match.share > y.match.share; });
  return {};
}

void put_piece(const corpus::PieceInfo& info, const std::string& key, std::size_t piece,
               Json& json) {
  json[key + "_piece"] = piece;
  json[key + "_title"] = info.title;
  json[key + "_composer"] = info.composer;
  json[key + "_split"] = enum_name(info.split);
}

Json matches_json(const Found& found) {
  Json matches = Json::array();
  for (const auto& pair : found.pairs) {
    const auto& a = found.a.info(pair.match.a);
    const auto& b = found.b.info(pair.match.b);
    Json json = {{"a", a.source}, {"b", b.source}, {"share", pair.match.share}};
    put_piece(a, "a", pair.match.a, json);
    put_piece(b, "b", pair.match.b, json);
    json["same_recording"] = pair.is_same_recording;
    matches.push_back(std::move(json));
  }
  return matches;
}

std::string piece_line(std::string_view margin, const corpus::PieceInfo& info) {
  auto line =
      fmt::format("{:>6}  {:<10}  {}", margin, enum_name(info.split), corpus::piece_name(info));
  if (!info.title.empty()) line += fmt::format("  ({})", info.source);
  return line + '\n';
}

// "two" for the pieces of one dataset, counted once each.
std::pair<std::size_t, std::size_t> matched_pieces(const Found& found) {
  std::set<std::size_t> a, b;
  for (const auto& pair : found.pairs) {
    a.insert(pair.match.a);
    (found.is_within ? a : b).insert(pair.match.b);
  }
  return {a.size(), b.size()};
}

std::string heading(const Found& found, double threshold) {
  const auto [a, b] = matched_pieces(found);
  const auto pieces = [](const corpus::Dataset& dataset) {
    return grouped(static_cast<std::int64_t>(dataset.pieces()));
  };
  const auto count = [](std::size_t number) { return grouped(static_cast<std::int64_t>(number)); };
  if (found.is_within) {
    return fmt::format(
        "{}: {} of {} pieces are the same music as another of them ({} pairs from a share of {})",
        found.a.name(), count(a), pieces(found.a), count(found.pairs.size()), threshold);
  }
  return fmt::format(
      "{} of the {} pieces of {} are the same music as {} of the {} pieces of {} ({} pairs from a "
      "share of {})",
      count(a), pieces(found.a), found.a.name(), count(b), pieces(found.b), found.b.name(),
      count(found.pairs.size()), threshold);
}

// How many pairs there are for each pair of splits: what matters is training against evaluation.
std::string split_table(const Found& found) {
  std::map<std::pair<corpus::Split, corpus::Split>, std::size_t> counts;
  for (const auto& pair : found.pairs) {
    auto splits = std::pair(found.a.info(pair.match.a).split, found.b.info(pair.match.b).split);
    if (found.is_within && splits.second < splits.first) std::swap(splits.first, splits.second);
    ++counts[splits];
  }
  std::string text;
  for (const auto& [splits, count] : counts) {
    text += fmt::format("  {:<10}  {:<10}  {:>9} pairs\n", enum_name(splits.first),
                        enum_name(splits.second), grouped(static_cast<std::int64_t>(count)));
  }
  return text;
}

std::string table(const Found& found) {
  if (found.pairs.empty()) return "";
  std::string text = "\n share  split       piece\n";
  const std::size_t shown = std::min(found.pairs.size(), kShownPairs);
  for (const auto& pair : std::span(found.pairs).first(shown)) {
    text += piece_line(fmt::format("{:.3f}", pair.match.share), found.a.info(pair.match.a));
    text += piece_line(pair.is_same_recording ? "copy" : "", found.b.info(pair.match.b));
  }
  if (found.pairs.size() > shown) {
    text += fmt::format("{} more pairs; --json lists all\n",
                        grouped(static_cast<std::int64_t>(found.pairs.size() - shown)));
  }
  return text;
}

Expected<Answer> answer_of(const OverlapFlags& flags, const Found& found, double seconds) {
  const auto [a, b] = matched_pieces(found);
  std::string first_line = heading(found, flags.threshold);
  Json json = {{"matches", matches_json(found)},
               {"threshold", flags.threshold},
               {"pieces", {{"a", found.a.pieces()}, {"b", found.b.pieces()}}},
               {"matched_pieces", {{"a", a}, {"b", found.is_within ? a : b}}},
               {"pairs_by_share", found.shares}};
  std::string text = fmt::format("{}, in {:.1f} s\n", first_line, seconds);
  text += split_table(found) + table(found);
  if (!flags.plot.empty()) {
    const auto name = [](const corpus::Dataset& dataset) {
      return std::filesystem::path(dataset.name()).filename().string();
    };
    PNO_TRY_VOID(plot_overlap(
        found.shares, flags.threshold,
        {.title = found.is_within
                      ? fmt::format("Pairs of pieces of {}", name(found.a))
                      : fmt::format("Pairs of pieces of {} and {}", name(found.a), name(found.b)),
         .subtitle = "pairs, on a logarithmic axis, by what they have in common"},
        flags.plot));
    json["plot"] = flags.plot;
    text += fmt::format("plot: {}\n", flags.plot);
  }
  json["seconds"] = seconds;
  return Answer{std::move(text), std::move(json)};
}

Expected<Answer> overlap(const OverlapFlags& flags) {
  const auto started = std::chrono::steady_clock::now();
  if (!flags.plot.empty()) {
    std::vector<std::filesystem::path> inputs = {flags.a};
    if (!flags.b.empty()) inputs.emplace_back(flags.b);
    PNO_TRY_VOID(check_output(flags.plot, FileKind::picture, inputs));
  }
  if (!(flags.threshold > 0 && flags.threshold <= 1)) {
    return fail_usage("--threshold is {}, where a share above 0 and up to 1 was expected",
                      flags.threshold);
  }
  PNO_TRY(const auto a, corpus::Dataset::open(flags.a));
  std::error_code ignored;
  const bool is_within = flags.b.empty() || std::filesystem::equivalent(flags.a, flags.b, ignored);
  std::optional<corpus::Dataset> other;
  if (!is_within) {
    PNO_TRY(other, corpus::Dataset::open(flags.b));
  }
  Found found{.a = a, .b = other ? *other : a, .is_within = is_within};
  PNO_TRY_VOID(find_pairs(flags, found));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
  return answer_of(flags, found, taken.count());
}

}  // namespace

void add_overlap(Program& program) {
  auto flags = std::make_shared<OverlapFlags>();
  CLI::App& app =
      program.add({.name = "overlap",
                   .summary = "Say which pieces of two datasets are the same music",
                   .example = "  pno overlap mine.notes maestro.notes\n"
                              "  pno overlap mine.notes maestro.notes --plot shares.png\n"
                              "  pno overlap mine.notes",
                   .run = [flags] { return overlap(*flags); }});
  add_argument(app, "A", flags->a, "Dataset file (.notes)");
  app.add_option("B", flags->b, "Another; without it, the pairs within A")->type_name("");
  add_number(app, "--threshold", flags->threshold,
             "Share of 7-grams of pitches from which two pieces are the same music");
  app.add_option("--plot", flags->plot,
                 "Picture to write (.png or .svg): pairs of pieces by their share")
      ->type_name("FILE");
  add_threads(app, flags->threads);
}

}  // namespace pno::cli
