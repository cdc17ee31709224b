// pno judge: how music differs from real music, what it copies of a training set, and tests in
// which people listen to it.

#include <memory>
#include <optional>

#include "base/file.h"
#include "cli/commands/commands.h"
#include "cli/judge_text.h"
#include "cli/listening_test.h"
#include "cli/midi_input.h"
#include "cli/output_path.h"
#include "cli/shared_flags.h"

namespace pno::cli {
namespace {

constexpr std::size_t kFewSamples = 50;
constexpr double kJudge_s = 30, kListen_s = 15;
constexpr std::size_t kMostPairs = 100;  // of a listening test: a page of 170 MB

// The flags of both uses of the command.
struct AllFlags {
  JudgeFlags judge;
  ListeningFlags listening;
  std::optional<double> seconds;
};

Expected<Answer> listen(const AllFlags& flags) {
  if (!flags.judge.music.empty() || !flags.judge.reference.empty()) {
    return fail_usage(
        "--listening-test takes its music from its folder; omit MUSIC and --reference");
  }
  auto listening = flags.listening;
  listening.output = flags.judge.output;
  listening.seed = flags.judge.seed;
  listening.resamples = flags.judge.resamples;
  listening.seconds = flags.seconds.value_or(kListen_s);
  if (!listening.answers.empty()) return read_listening_test(listening);
  if (listening.output.empty()) {
    return fail_usage("--listening-test needs -o for its page, or --answers to read results");
  }
  return write_listening_test(listening);
}

Expected<Answer> judge(const JudgeFlags& flags) {
  if (flags.music.empty()) return fail_usage("MUSIC is required: files, folders, zips or datasets");
  if (flags.reference.empty()) {
    return fail_usage("--reference is required: a dataset of real music to compare with");
  }
  std::optional<ReplacingFile> file;
  if (!flags.output.empty()) {
    auto inputs = flags.music;
    inputs.push_back(flags.reference);
    if (!flags.training.empty()) inputs.push_back(flags.training);
    PNO_TRY_VOID(check_output(flags.output, FileKind::text, inputs));
    PNO_TRY(file, ReplacingFile::create(flags.output));
  }
  PNO_TRY(const auto result, judge_music(flags));
  if (result.samples.size() < kFewSamples) {
    warn(fmt::format("{} pieces say little of a model; the figures settle with 100 or more",
                     result.samples.size()));
  }
  auto text = judge_summary(flags, result);
  if (file) {
    PNO_TRY_VOID(file->write(report::judge_page(page_of(flags, result))));
    PNO_TRY_VOID(file->commit());
    text += fmt::format("{}\n", flags.output.string());
  }
  return Answer{std::move(text), judge_json(flags, result)};
}

Expected<Answer> run(const AllFlags& flags) {
  if (const double seconds = flags.seconds.value_or(kJudge_s); seconds < 1) {
    return fail_usage("--seconds is {}; it must be 1 or more", seconds);
  }
  if (!flags.listening.folder.empty()) return listen(flags);
  if (!flags.listening.answers.empty()) return fail_usage("--answers needs --listening-test");
  auto judging = flags.judge;
  judging.seconds = flags.seconds.value_or(kJudge_s);
  return judge(judging);
}

void add_listening_flags(CLI::App& app, ListeningFlags& flags) {
  app.add_option("--listening-test", flags.folder,
                 "Folder with a folder of MIDI files for each system: write a page to compare them "
                 "by ear")
      ->type_name("FOLDER")
      ->group("Listening test");
  app.add_option(
         "--answers", flags.answers,
         "Results that the page gave (JSON): fit the strengths of the systems; may be given "
         "several times")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group("Listening test");
  add_number(app, "--pairs", flags.pairs, "Pairs of the page")
      ->check(CLI::Range(std::size_t{1}, kMostPairs).description(""))
      ->group("Listening test");
}

}  // namespace

void add_judge(Program& program) {
  auto all = std::make_shared<AllFlags>();
  auto* const flags = &all->judge;
  CLI::App& app = program.add(
      {.name = "judge",
       .summary = "Compare music with real music, and with what a model was trained on",
       .example = "  pno judge samples --reference maestro.notes\n"
                  "  pno judge samples --reference maestro.notes --training maestro.notes "
                  "-o report.html\n"
                  "  pno judge --listening-test systems -o test.html\n"
                  "  pno judge --listening-test systems --answers anna.json --answers ben.json",
       .run = [all] { return run(*all); }});
  app.add_option("MUSIC", flags->music,
                 "MIDI files, folders, zips, datasets: of each piece the beginning is judged")
      ->type_name("");
  app.add_option("--reference", flags->reference, "Dataset of real music to compare with")
      ->type_name("FILE");
  add_choice(app, "--split", flags->split, "Split of the reference");
  app.add_option("--training", flags->training,
                 "Dataset whose training split is searched for what the music copies")
      ->type_name("FILE");
  app.add_option("-o,--output", flags->output, "Page to write (.html)")->type_name("FILE");
  app.add_option("--seconds", all->seconds,
                 "Seconds of each piece and of each real excerpt; default: 30, in a listening test "
                 "15")
      ->type_name("NUMBER");
  add_number(app, "--seed", flags->seed,
             "Seed of the choice of excerpts or pairs, and of the bootstrap");
  add_number(app, "--resamples", flags->resamples, "Resamples of the bootstrap; 0: no intervals");
  add_read_flags(app, flags->read);
  add_threads(app, flags->threads);
  add_listening_flags(app, all->listening);
}

}  // namespace pno::cli
