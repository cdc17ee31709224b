#include "cli/prepare_text.h"

#include <algorithm>
#include <cmath>

#include "cli/held_out_text.h"
#include "cli/music_lines.h"
#include "corpus/prepare/clause_totals.h"

namespace pno::cli {
namespace {

constexpr std::size_t kShown = 8;  // of a list, in the summary

Json split_counts_json(const std::array<std::int64_t, corpus::kSplits>& counts) {
  Json splits = Json::object();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    splits[std::string(enum_name(static_cast<corpus::Split>(i)))] = counts[i];
  }
  return splits;
}

std::vector<corpus::ClauseTotal> oddities(const corpus::PrepareReport& report) {
  std::vector<std::string> remarks;
  for (const auto& file : report.files) {
    if (file.taken && !file.reason.empty()) remarks.push_back(file.reason);
  }
  return corpus::total_clauses(remarks);
}

double pedalled_share(const corpus::PrepareReport& report) {
  if (report.notes == 0) return 0;
  return static_cast<double>(report.music.pedalled_notes) / static_cast<double>(report.notes);
}

Json tables_json(const corpus::PrepareReport& report) {
  Json tables = Json::array();
  for (const auto& table : report.tables) {
    tables.push_back({{"file", table.file},
                      {"read", table.read},
                      {"reason", table.reason},
                      {"split_by_content", table.split_by_content}});
  }
  return tables;
}

// The faults of the tables that say the splits: at the top, because a random split in place of
// the known one makes all figures of a model wrong.
std::string table_lines(const corpus::PrepareReport& report) {
  std::string text;
  std::size_t lines = 0;
  for (const auto& table : report.tables) {
    if (table.reason.empty() || ++lines > kShown) continue;
    const auto files = fmt::format("{} file{} split by content", grouped(table.split_by_content),
                                   table.split_by_content == 1 ? " is" : "s are");
    if (table.read) {
      text += fmt::format("{}: {}{}\n", table.file, table.reason,
                          table.split_by_content > 0 ? "; " + files : "");
    } else {
      text += fmt::format("{}: the table was not read, and {}: it {}\n", table.file, files,
                          table.reason);
    }
  }
  if (lines > kShown) {
    text += fmt::format("{} more tables; --report R.json lists all\n", lines - kShown);
  }
  return text;
}

// An integer if it is one: most are counts, some are seconds.
Json number_json(double number) {
  const auto rounded = static_cast<std::int64_t>(std::round(number));
  return static_cast<double>(rounded) == number ? Json(rounded) : Json(number);
}

// "1 train, 2 validation"
std::string split_counts(const std::array<std::int64_t, corpus::kSplits>& counts) {
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(counts[i]),
                        enum_name(static_cast<corpus::Split>(i)));
  }
  return text;
}

std::string conflict_lines(const corpus::PrepareReport& report) {
  const auto& titles = report.split_titles;
  if (titles.empty()) return "";
  std::string text = fmt::format(
      "  warning   {} in more than one split, as the table lists {}; nothing was moved:\n",
      titles.size() == 1 ? "1 title stands" : fmt::format("{} titles stand", titles.size()),
      titles.size() == 1 ? "it" : "them");
  for (std::size_t i = 0; i < std::min(titles.size(), kShown); ++i) {
    text += fmt::format("            {}{}{}: {}\n", titles[i].composer,
                        titles[i].composer.empty() ? "" : ", ", titles[i].title,
                        split_counts(titles[i].pieces));
  }
  if (titles.size() > kShown) {
    text +=
        fmt::format("            and {} more; --report R.json lists all\n", titles.size() - kShown);
  }
  return text;
}

std::string skipped_lines(const corpus::PrepareReport& report) {
  std::string text;
  std::size_t skipped = 0;
  for (const auto& file : report.files) {
    if (file.taken || file.held_out || ++skipped > kShown) continue;
    text += fmt::format("  skipped   {}: {}\n", file.file, file.reason);
  }
  if (skipped > kShown) {
    text += fmt::format("  skipped   {} more; --report R.json lists all\n", skipped - kShown);
  }
  return text;
}

// ": 1,234", ": 17.9" if it is not an integer, nothing if it is 0.
std::string number_text(double number) {
  if (number == 0) return "";
  const double rounded = std::round(number);
  if (number != rounded) return fmt::format(": {:.1f}", number);
  return fmt::format(": {}", grouped(static_cast<std::int64_t>(rounded)));
}

std::string oddity_lines(const corpus::PrepareReport& report) {
  std::string text;
  const auto totals = oddities(report);
  for (std::size_t i = 0; i < std::min(totals.size(), kShown); ++i) {
    const auto& total = totals[i];
    text += fmt::format("  mended    {}{}, in {}\n", total.what, number_text(total.number),
                        counted(total.files, "file"));
  }
  if (totals.size() > kShown) {
    text += fmt::format("  mended    and {} more kinds of fault\n", totals.size() - kShown);
  }
  if (!totals.empty()) text += "            --report R.json says which file\n";
  return text;
}

}  // namespace

std::string prepare_summary(const corpus::PrepareOptions& options,
                            const corpus::PrepareReport& report) {
  auto text = table_lines(report);
  text += fmt::format("{}: {}, {}, {:.1f} hours, {}, in {:.1f} s\n", options.output.string(),
                      counted(report.pieces, "piece"), counted(report.notes, "note"), report.hours,
                      counted(report.tokens, "token"), report.seconds);
  text += conflict_lines(report);
  if (report.kept_pieces > 0) {
    text += fmt::format("  added to {} of before\n", counted(report.kept_pieces, "piece"));
  }
  if (report.doubles_kept > 0) {
    text += fmt::format(
        "  warning   {} with the notes of another piece of the same table, kept as listed\n",
        counted(report.doubles_kept, "piece"));
  }
  for (std::size_t i = 0; i < report.split_pieces.size(); ++i) {
    text += fmt::format("  {:<10}  {:>7} {:<6}  {:>13} tokens\n",
                        enum_name(static_cast<corpus::Split>(i)), grouped(report.split_pieces[i]),
                        report.split_pieces[i] == 1 ? "piece" : "pieces",
                        grouped(report.split_tokens[i]));
  }
  if (report.pieces > 0 && options.kind == corpus::MusicKind::unknown) {
    text += fmt::format("  kind      unknown; --kind says it ({})\n",
                        enum_choices<corpus::MusicKind>());
  }
  if (report.pieces_with_parts > 0) {
    text += fmt::format("  parts     {} with tracks, kept as parts\n",
                        counted(report.pieces_with_parts, "piece"));
  }
  text += music_lines(report.music);
  if (report.music.notes > 0) {
    text +=
        fmt::format("  pedal     lengthens {:.0f} % of the notes\n", 100 * pedalled_share(report));
  }
  return text + skipped_lines(report) + held_out_lines(report) + oddity_lines(report);
}

Json prepare_json(const corpus::PrepareReport& report) {
  Json skipped = Json::array();
  for (const auto& file : report.files) {
    if (!file.taken && !file.held_out)
      skipped.push_back({{"file", file.file}, {"reason", file.reason}});
  }
  Json titles = Json::array();
  for (const auto& title : report.split_titles) {
    titles.push_back({{"composer", title.composer},
                      {"title", title.title},
                      {"splits", split_counts_json(title.pieces)}});
  }
  Json odd = Json::array();
  for (const auto& total : oddities(report)) {
    odd.push_back(
        {{"what", total.what}, {"number", number_json(total.number)}, {"files", total.files}});
  }
  Json json = {{"pieces", report.pieces},
               {"notes", report.notes},
               {"hours", report.hours},
               {"tokens", report.tokens},
               {"splits", split_counts_json(report.split_pieces)},
               {"skipped", std::move(skipped)},
               {"tables", tables_json(report)},
               {"held_out", held_out_json(report)},
               {"copies_left_out", report.copies_left_out},
               {"titles_in_two_splits", std::move(titles)},
               {"doubles_kept", report.doubles_kept},
               {"pieces_with_parts", report.pieces_with_parts},
               {"mended", std::move(odd)},
               {"pedalled_share", pedalled_share(report)}};
  json.update(music_json(report.music));
  json["seconds"] = report.seconds;
  return json;
}

Json prepare_report_json(const corpus::PrepareReport& report) {
  Json files = Json::array();
  for (const auto& file : report.files) {
    files.push_back({{"file", file.file}, {"taken", file.taken}, {"reason", file.reason}});
  }
  Json times = Json::object();
  corpus::PrepareTimes::fields(report.times,
                               [&](std::string_view name, double seconds, std::string_view) {
                                 times[std::string(name)] = seconds;
                               });
  Json json = prepare_json(report);
  json["kept_pieces"] = report.kept_pieces;
  json["midi_bytes"] = report.bytes;
  json["seconds_of_threads"] = std::move(times);
  json["files"] = std::move(files);
  return json;
}

}  // namespace pno::cli
