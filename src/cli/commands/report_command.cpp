// pno report: writes a training run as one HTML page.

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/file.h"
#include "base/progress.h"
#include "cli/commands/commands.h"
#include "cli/midi_input.h"
#include "cli/output_path.h"
#include "cli/shared_flags.h"
#include "report/report_page.h"

#ifdef PNO_HAS_SOUND
#include "sound/render.h"
#endif

namespace pno::cli {
namespace {

namespace fs = std::filesystem;
using report::RunRecord;
using report::RunSample;
using report::SampleMedia;

constexpr int kMostSamples = 100;
constexpr std::size_t kMostBeside = 3;  // the number of colours of the page

struct ReportFlags {
  fs::path run, output;
  std::vector<fs::path> beside;
  int samples = 4;  // at most, spread over the run
  bool sound = true;
};

// At most `count` samples: the first, the last, and others spread evenly between them.
std::vector<RunSample> spread(const std::vector<RunSample>& all, int count) {
  const auto wanted = static_cast<std::size_t>(std::max(count, 0));
  if (all.size() <= wanted) return all;
  std::vector<RunSample> chosen;
  for (std::size_t i = 0; i < wanted; ++i) {
    chosen.push_back(wanted == 1 ? all.back() : all[i * (all.size() - 1) / (wanted - 1)]);
  }
  return chosen;
}

// Half the rate of a CD is enough for a piano on a page.
constexpr int kPageSampleRate = 22050;

Expected<std::string> sound_of([[maybe_unused]] const fs::path& midi,
                               [[maybe_unused]] const fs::path& beside) {
#ifdef PNO_HAS_SOUND
  PNO_TRY(const auto smf, read_music(midi.string(), {.programs = midi::Programs::all}));
  auto path = beside;
  path += fmt::format(".{}.flac", midi.stem().string());
  auto bytes =
      sound::render(smf.performance, path, {.sample_rate = kPageSampleRate, .tail_seconds = 1}, {})
          .and_then([&](const auto&) { return read_text(path); });
  std::error_code ignored;
  fs::remove(path, ignored);
  return bytes;
#else
  return fail("this pno was built without sound; build it with -DPNO_SOUND=ON");
#endif
}

Expected<std::vector<SampleMedia>> media_of(const std::vector<RunSample>& samples,
                                            const ReportFlags& flags) {
  std::vector<SampleMedia> media;
  ProgressLine line("report", "samples");
  bool with_sound = flags.sound;
  for (const auto& sample : samples) {
    auto& one = media.emplace_back();
    one.step = sample.step;
    PNO_TRY(one.midi, read_text(sample.midi));
    std::error_code ignored;
    const auto picture = fs::path(sample.midi).replace_extension(".png");
    if (fs::exists(picture, ignored)) {
      PNO_TRY(one.png, read_text(picture));
    }
    if (with_sound) {
      auto sound = sound_of(sample.midi, flags.output);
      if (sound) {
        one.flac = std::move(*sound);
      } else {
        if (sound.error().kind == Error::Kind::interrupted) return tl::unexpected(sound.error());
        warn(fmt::format("the page has no sound: {}", sound.error().message));
        with_sound = false;
      }
    }
    line.update(std::ssize(media), std::ssize(samples));
  }
  return media;
}

Expected<Answer> write_report(ReportFlags flags) {
  if (flags.output.empty()) flags.output = flags.run / "report.html";
  PNO_TRY_VOID(check_output(flags.output, FileKind::page, {}));
  PNO_TRY(const auto record, report::read_run(flags.run));
  if (flags.beside.size() > kMostBeside) {
    return fail_usage("--beside is given {} times; the most is {}", flags.beside.size(),
                      kMostBeside);
  }
  std::vector<RunRecord> beside;
  for (const auto& run : flags.beside) {
    PNO_TRY(auto other, report::read_run(run));
    beside.push_back(std::move(other));
  }
  // Opens the file first, so that a name that cannot be written is reported before rendering sound.
  PNO_TRY(auto file, ReplacingFile::create(flags.output));
  PNO_TRY(const auto media, media_of(spread(record.samples, flags.samples), flags));
  const auto html = report::report_page(record, beside, media);
  PNO_TRY_VOID(file.write(html));
  PNO_TRY_VOID(file.commit());
  const double best = record.best_validation();
  return Answer{fmt::format("{}: {:.1f} MB, {}, {}\n", flags.output.string(),
                            static_cast<double>(html.size()) / 1e6, counted(record.step, "step"),
                            counted(media.size(), "sample")),
                {{"output", flags.output.string()},
                 {"steps", record.step},
                 {"validation_nll", std::isfinite(best) ? Json(best) : Json()},
                 {"seconds", record.seconds},
                 {"samples", media.size()},
                 {"bytes", html.size()}}};
}

}  // namespace

void add_report(Program& program) {
  auto flags = std::make_shared<ReportFlags>();
  CLI::App& app = program.add({.name = "report",
                               .summary = "Write a training run as one HTML page",
                               .example = "  pno report run\n"
                                          "  pno report run -o report.html\n"
                                          "  pno report run --beside smaller-run --no-sound",
                               .run = [flags] { return write_report(*flags); }});
  add_argument(app, "RUN", flags->run, "Folder of a run, finished or not");
  app.add_option("-o,--output", flags->output, "Page to write; default: RUN/report.html")
      ->type_name("FILE");
  app.add_option("--beside", flags->beside,
                 "Another run to compare the validation with; can be repeated")
      ->type_name("RUN")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_number(app, "--samples", flags->samples, "Most samples of the run to include")
      ->check(CLI::Range(0, kMostSamples).description(""));
  app.add_flag_callback(
      "--no-sound", [flags] { flags->sound = false; }, "Omit the sound, for a smaller page");
}

}  // namespace pno::cli
