#pragma once

// The frame of all subcommands: flags, --help with an example, --json, one sentence on stderr for
// what went wrong, and the exit code: 0 done, 1 failed, 2 called wrongly.

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/number_text.h"

namespace pno::cli {

using Json = nlohmann::ordered_json;

// What a command has to say on stdout: to a reader, or with --json to a program.
struct Answer {
  std::string text;  // whole lines; may be empty
  Json json;         // an object; null says nothing
};

struct Command {
  std::string name;
  std::string summary;  // one line
  std::string example;  // whole lines, for the end of --help
  std::function<Expected<Answer>()> run;
};

class Program {
 public:
  explicit Program(std::string_view summary);

  // The caller adds the command's flags to the returned App, bound to what its `run` reads.
  CLI::App& add(Command command);

  // Parses, runs the asked command, prints, and returns the exit code. `--learning_rate` is read
  // as `--learning-rate`.
  int run(int argc, const char* const* argv);

 private:
  Expected<void> check_command(int argc, const char* const* argv) const;
  int parse_and_run(int argc, const char* const* argv);
  int report_error(const Error& error) const;  // prints it; the exit code

  CLI::App app_;
  bool json_ = false;
  std::function<Expected<Answer>()> chosen_;
};

inline constexpr std::string_view kSummary =
    "pno learns to play the piano: MIDI in, a Music Transformer trained on it, new music out.";

// "pno: warning: …" on stderr, for what a user should know and the command can go on with.
void warn(std::string_view sentence);

}  // namespace pno::cli
