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
#include "cli/prepare_text.h"
#include "cli/shared_flags.h"
#include "corpus/prepare/prepare.h"

namespace pno::cli {
namespace {

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

Expected<Answer> prepare(const PrepareFlags& flags) {
  auto options = flags.options;
  PNO_TRY_VOID(apply_fields(flags.fields, options));
  auto inputs = options.sources;
  inputs.insert(inputs.end(), options.hold_out.begin(), options.hold_out.end());
  PNO_TRY_VOID(check_output(options.output, FileKind::dataset, inputs));
  std::optional<ReplacingFile> report_file;
  if (!flags.report.empty()) {
    // Opened first: a name that cannot be written shows before the work, not after it.
    PNO_TRY_VOID(check_output(flags.report, FileKind::json, inputs));
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
    const auto json =
        prepare_report_json(report).dump(1, ' ', false, Json::error_handler_t::replace);
    PNO_TRY_VOID(report_file->write(json + "\n"));
    PNO_TRY_VOID(report_file->commit());
  }
  return Answer{prepare_summary(options, report), prepare_json(report)};
}

}  // namespace

void add_prepare(Program& program) {
  auto flags = std::make_shared<PrepareFlags>();
  auto& options = flags->options;
  CLI::App& app = program.add(
      {.name = "prepare",
       .summary = "Turn MIDI files, folders and zips into a dataset",
       .example = "  pno prepare maestro-v3.0.0-midi.zip -o maestro.notes --kind disklavier\n"
                  "  pno prepare ~/my-midi -o mine.notes --hold-out maestro.notes",
       .run = [flags] { return prepare(*flags); }});
  add_argument(app, "SOURCE", options.sources,
               "MIDI files, folders, zips; a CSV or JSON like MAESTRO's among them is followed");
  add_output(app, options.output, "Dataset to write (.notes)");
  app.add_option_function<std::string>(
         "--split",
         [&options](const std::string& text) { options.split_percent = *parse_split(text); },
         "Percent for train, validation and test, if no CSV or JSON says")
      ->type_name("A/B/C")
      ->default_str(fmt::format("{}", fmt::join(options.split_percent, "/")))
      ->check([](const std::string& text) {
        const auto percents = parse_split(text);
        return percents ? std::string() : percents.error().message;
      });
  app.add_option("--hold-out", options.hold_out,
                 "Dataset whose validation and test pieces (all, if it has neither) must not be "
                 "trained on; may be given several times")
      ->type_name("FILE")
      ->allow_extra_args(false);
  add_read_flags(app, options.read);
  app.add_option("--report", flags->report, "JSON to write: every file, how mended, why skipped")
      ->type_name("FILE");
  add_threads(app, options.threads);
  add_field_flags<corpus::PrepareOptions>(app, "What is taken", flags->fields);
}

}  // namespace pno::cli
