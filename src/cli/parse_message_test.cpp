#include "cli/parse_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace pno::cli {
namespace {

// The message for `arguments` of a program with the command `play`.
std::string message_for(std::vector<std::string> arguments) {
  CLI::App program("A summary.", "pno");
  auto* play = program.add_subcommand("play", "Play");
  std::string file, name;
  int count = 1;
  double gain = 1;
  bool quiet = false;
  play->add_option("FILE", file, "A file")->required();
  auto* seconds = play->add_option("--seconds", name, "Seconds");
  play->add_option("--tokens", name, "Tokens")->excludes(seconds);
  play->add_option("--tokens-from", name, "From")->needs(seconds);
  play->add_option("--count", count, "Pieces")->check(CLI::Range(1, 10));
  play->add_option("--gain", gain, "Gain")->check(CLI::Range(0.5, 2.0));
  play->add_option("--plain", count, "A number without a check");
  play->add_flag("--quiet", quiet, "Quiet");
  play->add_option("--secondz", name, "Hidden")->group("");
  std::ranges::reverse(arguments);
  try {
    program.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return parse_message(program, error);
  }
  return "";
}

TEST(ParseMessage, MisspeltFlagHasASuggestion) {
  EXPECT_EQ(message_for({"play", "f", "--second", "3"}),
            "--second is not a flag; did you mean --seconds?");
  EXPECT_EQ(message_for({"play", "f", "--quit"}), "--quit is not a flag; did you mean --quiet?");
  EXPECT_EQ(message_for({"play", "f", "--conut=3"}),
            "--conut is not a flag; did you mean --count?");
  EXPECT_EQ(message_for({"play", "f", "--wavelength"}), "--wavelength is not a flag");
  // The flag is wrong, although the missing file is, too.
  EXPECT_EQ(message_for({"play", "--quit"}), "--quit is not a flag; did you mean --quiet?");
}

TEST(ParseMessage, IsASentenceOfOurs) {
  EXPECT_EQ(message_for({"play"}), "FILE is required");
  EXPECT_EQ(message_for({"play", "f", "g"}), "'g' is one argument too many");
  EXPECT_EQ(message_for({"play", "f", "--seconds"}), "--seconds needs a value");
  EXPECT_EQ(message_for({"play", "f", "--tokens", "3", "--seconds", "3"}),
            "--seconds and --tokens exclude each other; omit one of them");
  EXPECT_EQ(message_for({"play", "f", "--tokens-from", "3"}), "--tokens-from needs --seconds");
  EXPECT_EQ(message_for({"play", "f", "--count", "0"}), "--count: '0' is not in the range 1 to 10");
  EXPECT_EQ(message_for({"play", "f", "--gain", "3"}), "--gain: '3' is not in the range 0.5 to 2");
  EXPECT_EQ(message_for({"play", "f", "--plain", "x"}), "--plain: 'x' is not a valid value");
  EXPECT_EQ(message_for({"play", "f", "--seconds", "1", "--seconds", "2"}),
            "--seconds is given more than once");
}

TEST(FlagNames, ReplaceTheNamesOfFields) {
  CLI::App command("A summary.", "generate");
  double value = 0;
  for (const auto* flag : {"--top-k", "--density", "--steps", "--final-decay", "--seed"}) {
    command.add_option(flag, value, "");
  }
  EXPECT_EQ(with_flag_names(command, "top_k is -1; it must be 0 or more"),
            "--top-k is -1; it must be 0 or more");
  EXPECT_EQ(with_flag_names(command, "density is -1"), "--density is -1");
  EXPECT_EQ(with_flag_names(command, "steps is 0, but final_decay needs steps"),
            "--steps is 0, but --final-decay needs steps");
  // Names of other things stay as they are.
  EXPECT_EQ(with_flag_names(command, "the seed is known; '--density' is a flag, no_flag is not"),
            "the seed is known; '--density' is a flag, no_flag is not");
  EXPECT_EQ(with_flag_names(command, "my_top_k is x, /a/top_k.mid is y"),
            "my_top_k is x, /a/top_k.mid is y");
  EXPECT_EQ(with_flag_names(command, ""), "");
}

}  // namespace
}  // namespace pno::cli
