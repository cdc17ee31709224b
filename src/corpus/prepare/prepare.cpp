#include "corpus/prepare/prepare.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <concepts>
#include <numeric>
#include <optional>
#include <thread>
#include <type_traits>

#include "base/file_lock.h"
#include "base/interrupt.h"
#include "base/printable_text.h"
#include "base/stopwatch.h"
#include "corpus/ordered_work.h"
#include "corpus/prepare/file_intake.h"
#include "corpus/prepare/piece_collector.h"
#include "corpus/sources/sources.h"

namespace pno::corpus {
namespace {

Expected<void> check_options(const PrepareOptions& options) {
  const auto& percents = options.split_percent;
  const bool all_positive = std::ranges::all_of(percents, [](int share) { return share >= 0; });
  if (!all_positive || std::reduce(percents.begin(), percents.end()) != 100) {
    return fail_usage("the split {} does not sum to 100 percent; as in 90/5/5",
                      fmt::join(percents, "/"));
  }
  if (options.sources.empty()) return fail_usage("name a file, folder or zip to prepare");
  if (options.threads < 0)
    return fail_usage("{} threads are too few; 0 means all", options.threads);
  const double silence = options.filters.max_silence;
  if (!(silence >= 0 && silence <= 1)) {
    return fail_usage("max_silence is {}, where a share from 0 to 1 was expected", silence);
  }
  Expected<void> result;
  PrepareOptions::fields(options, [&](std::string_view name, const auto& value, std::string_view) {
    using Value = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_arithmetic_v<Value> && !std::same_as<Value, bool>) {
      if (result && !(value >= 0))
        result = fail_usage("{} is {}; it must be 0 or more", name, value);
    }
  });
  return result;
}

// A dataset that cannot be written is told of before the work, not after it.
Expected<void> check_writable(const std::filesystem::path& path) {
  PNO_TRY([[maybe_unused]] const auto file, ReplacingFile::create(path));
  return {};
}

// Held until the dataset is written: of two that add to one dataset at once, the second would not
// see what the first adds. A pipe or device needs none.
Expected<std::optional<FileLock>> lock_output(const std::filesystem::path& output) {
  std::error_code unresolved;
  const auto status = std::filesystem::status(output, unresolved);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    return std::optional<FileLock>();
  }
  auto path = std::filesystem::weakly_canonical(output, unresolved);
  if (unresolved) path = output;
  path.replace_filename(fmt::format(".{}.lock", path.filename().string()));
  auto lock = FileLock::take_for_now(path);
  if (lock) return std::optional(std::move(*lock));
  return fail("{}: another 'pno prepare' is writing it; try again when that is done ({})",
              output.string(), lock.error().message);
}

int thread_count(const PrepareOptions& options, std::size_t files) {
  const auto cores = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  const int wanted = options.threads > 0 ? options.threads : cores;
  return static_cast<int>(
      std::min(static_cast<std::size_t>(wanted), std::max<std::size_t>(files, 1)));
}

void add_times(PrepareTimes& sum, const PrepareTimes& thread) {
  sum.read += thread.read;
  sum.parse += thread.parse;
  sum.check += thread.check;
  sum.encode += thread.encode;
}

tl::unexpected<Error> fail_with_nothing(const PrepareOptions& options,
                                        const PrepareReport& report) {
  for (const auto& table : report.tables) {
    if (report.files.empty() && !table.reason.empty()) {
      return fail("{}: the table gives no MIDI files: it {}", table.file, table.reason);
    }
  }
  if (report.files.empty()) {
    const auto& first = options.sources.front();
    return fail("{}: {} no MIDI files (.mid, .midi, .kar, .rmi) and no zip of them",
                printable_text(first.string()),
                options.sources.size() == 1 ? "holds" : "and the other sources hold");
  }
  const FileReport& first = report.files.front();
  if (report.files.size() == 1) return fail("{}: {}", first.file, first.reason);
  return fail("none of {} files can be used; the first, {}, {}", report.files.size(), first.file,
              first.reason);
}

}  // namespace

Expected<PrepareReport> prepare(const PrepareOptions& options, const ProgressFunction& progress) {
  Stopwatch whole, watch;
  PNO_TRY_VOID(check_options(options));
  PNO_TRY_VOID(check_writable(options.output));
  PNO_TRY(const auto lock, lock_output(options.output));
  std::optional<Dataset> existing;
  if (options.append && std::filesystem::exists(options.output)) {
    PNO_TRY(existing, Dataset::open(options.output));
  }
  std::vector<Dataset> hold_out;
  for (const auto& path : options.hold_out) {
    PNO_TRY(auto dataset, Dataset::open(path));
    hold_out.push_back(std::move(dataset));
  }

  ArchiveStore archives(options.limits);
  PNO_TRY(const Sources sources, find_sources(options.sources, archives));
  const double find_s = watch.lap_s();

  PieceCollector collector(options, sources, existing ? &*existing : nullptr);
  PNO_TRY_VOID(collector.take_existing());
  const std::size_t count = sources.files.size();
  const int threads = thread_count(options, count);
  std::vector<FileIntake> intakes;
  intakes.reserve(static_cast<std::size_t>(threads));
  for (int thread = 0; thread < threads; ++thread) intakes.emplace_back(archives, options);
  Expected<void> taken;
  const bool done = work_in_order(
      count, threads, {},
      [&](std::size_t file, int thread) {
        return intakes[static_cast<std::size_t>(thread)].take_in(sources.files[file].location);
      },
      [](const Intake& intake) { return static_cast<std::int64_t>(intake.notes.size()); },
      [&](std::size_t file, Intake&& intake) {
        taken = collector.take(file, std::move(intake));
        if (progress) {
          progress(static_cast<std::int64_t>(file) + 1, static_cast<std::int64_t>(count));
        }
        return taken.has_value();
      });
  PNO_TRY_VOID(taken);
  if (!done) return fail_interrupted("interrupted; no dataset was written");

  PrepareTimes times{.find = find_s};
  for (const auto& intake : intakes) add_times(times, intake.times());
  // The zips' directories are large; the list of pieces takes their place.
  intakes.clear();
  archives.close();
  watch.lap_s();
  const bool any_new = collector.taken() > 0;
  if (any_new) PNO_TRY_VOID(collector.choose(hold_out));
  times.match = watch.lap_s();
  if (any_new) PNO_TRY_VOID(collector.write());
  // To add what is there already succeeds, and leaves the dataset as it is.
  const bool nothing_to_add = existing.has_value() && collector.any_double();
  PrepareReport report = std::move(collector).report();
  if (!any_new && !nothing_to_add) return fail_with_nothing(options, report);
  report.times = times;
  report.times.write = watch.lap_s();
  report.seconds = whole.lap_s();
  return report;
}

}  // namespace pno::corpus
