// pno prepare: files, folders and zips of MIDI to a dataset.

#include <fmt/ranges.h>

#include <charconv>
#include <memory>
#include <numeric>
#include <optional>

#include "base/file.h"
#include "base/progress.h"
#include "cli/commands/commands.h"
#include "cli/midi_input.h"
#include "cli/output_path.h"
#include "cli/shared_flags.h"
#include "corpus/prepare.h"

namespace pno::cli {
namespace {

constexpr std::size_t kShownFiles = 8;  // skipped ones, in the summary
constexpr std::size_t kShownTables = 8;

struct PrepareFlags {
  corpus::PrepareOptions options;
  TextFields fields;
  std::string report;
};

// "90/5/5": integers that sum to 100.
Expected<corpus::SplitPercents> parse_split(std::string_view text) {
  corpus::SplitPercents percents{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < percents.size(); ++i) {
    if (i > 0 && (at == end || *at++ != '/')) return fail("'{}' is not like 90/5/5", text);
    const auto [stop, code] = std::from_chars(at, end, percents[i]);
    if (code != std::errc{} || percents[i] < 0) return fail("'{}' is not like 90/5/5", text);
    at = stop;
  }
  if (at != end) return fail("'{}' is not like 90/5/5", text);
  const int sum = std::reduce(percents.begin(), percents.end());
  if (sum != 100) return fail("'{}' sums to {}, not to 100", text, sum);
  return percents;
}

Json splits_json(const corpus::PrepareReport& report) {
  Json splits = Json::object();
  for (std::size_t i = 0; i < report.split_pieces.size(); ++i) {
    splits[std::string(enum_name(static_cast<corpus::Split>(i)))] = report.split_pieces[i];
  }
  return splits;
}

Json skipped_json(const corpus::PrepareReport& report) {
  Json skipped = Json::array();
  for (const auto& file : report.files) {
    if (!file.taken) skipped.push_back({{"file", file.file}, {"reason", file.reason}});
  }
  return skipped;
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

Json report_json(const corpus::PrepareReport& report) {
  Json files = Json::array();
  for (const auto& file : report.files) {
    files.push_back({{"file", file.file}, {"taken", file.taken}, {"reason", file.reason}});
  }
  Json times = Json::object();
  corpus::PrepareTimes::fields(report.times,
                               [&](std::string_view name, double seconds, std::string_view) {
                                 times[std::string(name)] = seconds;
                               });
  return {{"pieces", report.pieces},
          {"notes", report.notes},
          {"hours", report.hours},
          {"tokens", report.tokens},
          {"splits", splits_json(report)},
          {"kept_pieces", report.kept_pieces},
          {"midi_bytes", report.bytes},
          {"seconds", report.seconds},
          {"seconds_of_threads", std::move(times)},
          {"tables", tables_json(report)},
          {"files", std::move(files)}};
}

// The faults of the tables that say the splits: at the top, because a random split in place of
// the known one makes all figures of a model wrong.
std::string table_lines(const corpus::PrepareReport& report) {
  std::string text;
  std::size_t lines = 0;
  for (const auto& table : report.tables) {
    if (table.reason.empty() || ++lines > kShownTables) continue;
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
  if (lines > kShownTables) {
    text += fmt::format("{} more tables; --report R.json lists all\n", lines - kShownTables);
  }
  return text;
}

std::string summary(const PrepareFlags& flags, const corpus::PrepareReport& report) {
  auto text = table_lines(report);
  text += fmt::format("{}: {} pieces, {} notes, {:.1f} hours, {} tokens, in {:.1f} s\n",
                      flags.options.output.string(), grouped(report.pieces), grouped(report.notes),
                      report.hours, grouped(report.tokens), report.seconds);
  if (report.kept_pieces > 0) {
    text += fmt::format("  added to the {} pieces there were\n", grouped(report.kept_pieces));
  }
  for (std::size_t i = 0; i < report.split_pieces.size(); ++i) {
    text += fmt::format("  {:<10}  {:>7} pieces  {:>13} tokens\n",
                        enum_name(static_cast<corpus::Split>(i)), grouped(report.split_pieces[i]),
                        grouped(report.split_tokens[i]));
  }
  std::size_t mended = 0, skipped = 0;
  for (const auto& file : report.files) {
    if (file.taken && !file.reason.empty()) ++mended;
    if (file.taken || ++skipped > kShownFiles) continue;
    text += fmt::format("  skipped  {}: {}\n", file.file, file.reason);
  }
  if (skipped > kShownFiles) {
    text += fmt::format("  skipped  {} more; --report R.json lists all\n", skipped - kShownFiles);
  }
  if (mended > 0) text += fmt::format("  mended   {} files; --report R.json says how\n", mended);
  return text;
}

Expected<Answer> prepare(const PrepareFlags& flags) {
  auto options = flags.options;
  PNO_TRY_VOID(apply_fields(flags.fields, options));
  PNO_TRY_VOID(check_output(options.output, FileKind::dataset, options.sources));
  std::optional<ReplacingFile> report_file;
  if (!flags.report.empty()) {
    // Opened first: a name that cannot be written shows before the work, not after it.
    PNO_TRY_VOID(check_output(flags.report, FileKind::json, options.sources));
    if (std::filesystem::path(flags.report).lexically_normal() ==
        options.output.lexically_normal()) {
      return fail_usage("{}: cannot hold both the dataset and the report", flags.report);
    }
    PNO_TRY(report_file, ReplacingFile::create(flags.report));
  }
  ProgressLine line("prepare", "files");
  PNO_TRY(const auto report, corpus::prepare(options, [&](std::int64_t done, std::int64_t total) {
            line.update(done, total);
          }));
  if (report_file) {
    const auto json = report_json(report).dump(1, ' ', false, Json::error_handler_t::replace);
    PNO_TRY_VOID(report_file->write(json + "\n"));
    PNO_TRY_VOID(report_file->commit());
  }
  return Answer{summary(flags, report),
                {{"pieces", report.pieces},
                 {"notes", report.notes},
                 {"hours", report.hours},
                 {"tokens", report.tokens},
                 {"splits", splits_json(report)},
                 {"skipped", skipped_json(report)},
                 {"tables", tables_json(report)},
                 {"seconds", report.seconds}}};
}

}  // namespace

void add_prepare(Program& program) {
  auto flags = std::make_shared<PrepareFlags>();
  auto& options = flags->options;
  CLI::App& app =
      program.add({.name = "prepare",
                   .summary = "Turn MIDI files, folders and zips into a dataset",
                   .example = "  pno prepare maestro-v3.0.0-midi.zip ~/my-midi -o music.notes",
                   .run = [flags] { return prepare(*flags); }});
  add_argument(app, "SOURCE", options.sources,
               "MIDI files, folders, zips; a CSV or JSON like MAESTRO's among them is followed");
  add_output(app, options.output, "Dataset to write (.notes)");
  app.add_option_function<std::string>(
         "--split",
         [&options](const std::string& text) { options.split_percent = *parse_split(text); },
         "Percent for train, validation and test, where no CSV or JSON says")
      ->type_name("A/B/C")
      ->default_str(fmt::format("{}", fmt::join(options.split_percent, "/")))
      ->check([](const std::string& text) {
        const auto percents = parse_split(text);
        return percents ? std::string() : percents.error().message;
      });
  add_read_flags(app, options.read);
  app.add_option("--report", flags->report, "JSON to write: every file, how mended, why skipped")
      ->type_name("FILE");
  add_threads(app, options.threads);
  add_field_flags<corpus::PrepareOptions>(app, "What is taken", flags->fields);
}

}  // namespace pno::cli
