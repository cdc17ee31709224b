// --help, --version, and the messages for wrong usage.

#include "scratch.h"

namespace pno::cli_test {
namespace {

using testing::HasSubstr;

// The commands of `pno` itself; pno-train has `train`.
const std::vector<std::string> kCommands = {
    "prepare", "overlap", "eval", "judge", "generate", "tokens", "info",   "export",
    "render",  "play",    "jam",  "panic", "show",     "report", "infill", "accompany"};

class Help : public Scratch {};

TEST_F(Help, ListsEveryCommand) {
  const auto help = pno({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const auto& command : kCommands) EXPECT_THAT(help.out, HasSubstr("\n  " + command + " "));
  EXPECT_THAT(help.out, HasSubstr("\n  train "));
  EXPECT_THAT(help.out, HasSubstr("\n  serve "));
}

TEST_F(Help, EveryCommandShowsAnExampleAndJson) {
  for (const auto& command : kCommands) {
    const auto help = pno({command, "--help"});
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_THAT(help.out, HasSubstr("Usage: pno " + command)) << command;
    EXPECT_THAT(help.out, HasSubstr("\nExample:\n  pno " + command + " ")) << command;
    EXPECT_THAT(help.out, HasSubstr("--json")) << command;
    EXPECT_EQ(help.err, "") << command;
  }
}

TEST_F(Help, IsACommandToo) {
  EXPECT_EQ(pno({"help"}).out, pno({"--help"}).out);
  EXPECT_EQ(pno({"help", "info"}).out, pno({"info", "--help"}).out);
}

TEST_F(Help, GenerateListsAllItsOptions) {
  const auto help = pno({"generate", "--help"});
  for (const auto* flag : {"--temperature",
                           "--top-k",
                           "--top-p",
                           "--min-p",
                           "--key",
                           "--key-strength",
                           "--density",
                           "--repetition-penalty",
                           "--repetition-window",
                           "--longest-note",
                           "--longest-silence",
                           "--most-notes",
                           "--unconstrained",
                           "--beam",
                           "--transpose",
                           "--tempo-scale",
                           "--without-prime",
                           "--shortest-restrike",
                           "--longest-loop",
                           "--until-end",
                           "--pedal",
                           "--overwrite",
                           "--mood",
                           "calm: --density"}) {
    EXPECT_THAT(help.out, HasSubstr(flag));
  }
}

TEST_F(Help, VersionIsTheProjectVersion) {
  const auto version = pno({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.out, "pno " PNO_VERSION "\n");
  EXPECT_EQ(pno({"version"}).out, version.out);
}

TEST_F(Help, WrongUsageHasAMessageAHintAndExitCodeTwo) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> calls = {
      {{}, "name a command: prepare, overlap, train"},
      {{"evla"}, "did you mean 'eval'?"},
      {{"info"}, "FILE is required"},
      {{"info", "a.mid", "--loud"}, "--loud is not a flag"},
      {{"generate", "m", "-o", "a.mid", "--temprature", "1"}, "did you mean --temperature?"},
      {{"generate", "", "-o", "a.mid"}, "MODEL is empty; name a file"},
      {{"generate", "m"}, "--output is required"},
      {{"generate", "m", "-o", "a.mid", "--precision", "int4"}, "int8"},
      {{"generate", "m", "-o", "a.mid", "--seconds", "5", "--tokens", "5"}, "--seconds"},
      {{"generate", "m", "-o", "a.mid", "--seconds", "nan"}, "'nan' is not a number"},
      {{"generate", "m", "-o", "a.mid", "--prime-from", "-1", "--prime", "p"}, "not 0 or more"},
      {{"generate", "m", "-o", "a.mid", "--top-k", "-1"}, "--top-k is -1"},
      {{"generate", "m", "-o", "a.mid", "--prime-seconds", "5"}, "--prime"},
      {{"generate", "m", "-o", "a.mid", "--count", "0"}, "--count"},
      {{"generate", "m", "-o", "a.mid", "--prime", ""}, "needs the name of a file"},
      {{"generate", "m", "-o", "a.mid", "--without-prime"}, "--prime"},
      {{"generate", "m", "-o", "a.mid", "--key", "H"}, "'H' is not a key; write it like C, F#"},
      {{"generate", "m", "-o", "a.mid", "--key-strength", "2"}, "--key-strength needs --key"},
      {{"generate", "m", "-o", "a.mid", "--repetition-window", "9"}, "--repetition-penalty"},
      {{"generate", "m", "-o", "a.mid", "--density", "-1"}, "--density is -1"},
      {{"generate", "m", "-o", "a.mid", "--longest-note", "-1"}, "--longest-note is -1"},
      {{"generate", "m", "-o", "a.mid", "--longest-loop", "-1"}, "--longest-loop is -1"},
      {{"generate", "m", "-o", "a.mid", "--shortest-restrike", "-1"}, "--shortest-restrike is -1"},
      {{"generate", "m", "-o", "a.mid", "--mood", "sad"}, "calm, free, dense"},
      {{"generate", "m", "-o", "a.mid", "--unconstrained", "--most-notes", "4"},
       "--most-notes has no effect with --unconstrained"},
      {{"generate", "m", "-o", "a.mid", "--beam", "4", "--top-p", "0.9"}, "omit --top-p"},
      {{"generate", "m", "-o", "a.mid", "--beam", "4", "--seed", "1"}, "omit --seed"},
      {{"generate", "m", "-o", "a.mid", "--beam", "65"}, "--beam"},
      {{"generate", "m", "-o", "a.mid", "--transpose", "200"}, "-127 to 127"},
      {{"generate", "m", "-o", "a.mid", "--tempo-scale", "0"}, "--tempo-scale is 0"},
      {{"export", "m", "-o", "n", "--precision", "int4"}, "int8"},
      {{"eval", "m", "d", "--split", "dev"}, "train, validation, test"},
      {{"prepare", "a", "-o", "d", "--split", "90/20/5"}, "sums to 115"},
      {{"prepare", "a", "-o", "d", "--split", "90/10"}, "is not like 90/5/5"},
      {{"prepare", "a", "-o", "d", "--programs", "organ"}, "piano, all"},
      {{"judge", "--reference", "d.notes"}, "MUSIC is required"},
      {{"judge", "a.mid"}, "--reference is required"},
      {{"judge", "--listening-test", "d"}, "--listening-test needs -o"},
      {{"judge", "a.mid", "--listening-test", "d", "-o", "p.html"}, "omit MUSIC"},
      {{"judge", "--answers", "a.json"}, "--answers needs --listening-test"},
      {{"judge", "--listening-test", "d", "-o", "p.html", "--pairs", "0"}, "--pairs"},
      {{"judge", "a.mid", "--reference", "d", "--seconds", "0.5"}, "--seconds is 0.5"},
      {{"tokens", "--decode", "a.txt"}, "--decode needs -o"},
      {{"tokens"}, "FILE is required"},
      {{"tokens", "a.mid", "--vocabulary", "midi"}, "pno-ai"},
  };
  for (const auto& [arguments, what] : calls) {
    SCOPED_TRACE(testing::PrintToString(arguments));
    const auto finished = pno(arguments);
    expect_failure(finished, 2, what);
    EXPECT_THAT(finished.err, testing::EndsWith("--help'\n"));
  }
}

// pno searches the trainer beside itself, in ../libexec/pno and in PATH.
TEST_F(Help, MissingTrainerIsAnErrorThatSaysHowToBuildIt) {
  std::filesystem::create_directory(folder() / "bin");
  std::filesystem::copy_file(PNO_PROGRAM, folder() / "bin" / "pno");
  Process alone("/usr/bin/env", {"PATH=/nowhere", path("bin/pno"), "train", "--help"}, folder());
  expect_failure(alone.wait(), 1, "-DPNO_TRAIN=ON");
}

TEST_F(Help, TrainRunsTheTrainerBesideTheProgram) {
  std::filesystem::create_directory(folder() / "bin");
  std::filesystem::copy_file(PNO_PROGRAM, folder() / "bin" / "pno");
  write("bin/pno-train", "#!/bin/sh\necho \"trainer: $*\"\n");
  std::filesystem::permissions(folder() / "bin" / "pno-train", std::filesystem::perms::owner_all);
  Process process(path("bin/pno"), {"train", "d.notes", "-o", "run"}, folder());
  EXPECT_EQ(process.wait().out, "trainer: train d.notes -o run\n");
  Process help(path("bin/pno"), {"help", "train"}, folder());
  EXPECT_EQ(help.wait().out, "trainer: train --help\n");
}

}  // namespace
}  // namespace pno::cli_test
