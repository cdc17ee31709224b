#pragma once

// Common to all subcommands: flags, --help with an example, --json, one sentence on stderr for an
// error, and the exit code: 0 success, 1 failure, 2 wrong usage. With --json an error is also an
// object on stdout: {"error": "…"}.

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/number_text.h"

namespace pno::cli {

using Json = nlohmann::ordered_json;

// The output of a command on stdout: `text`, or with --json `json`.
struct Answer {
  std::string text;      // complete lines; may be empty
  Json json;             // an object; null: print `text` with --json, too
  bool complete = true;  // false: some input failed; the exit code is 1
};

struct Command {
  std::string name;
  std::string summary;  // one line
  std::string example;  // complete lines, for the end of --help
  std::function<Expected<Answer>()> run;
};

class Program {
 public:
  explicit Program(std::string_view summary);

  // The caller adds the command's flags to the returned App, bound to variables that `run` reads.
  CLI::App& add(Command command);

  // Parses the arguments, runs the command, prints its answer or error, and returns the exit code.
  // Reads `--learning_rate` as `--learning-rate`, `help play` as `play --help` and `version` as
  // `--version`. If the command writes its file to stdout (-o -), its text goes to stderr. Does not
  // throw.
  int run(int argc, const char* const* argv);

 private:
  Expected<void> check_command(const std::vector<std::string>& arguments) const;
  Expected<void> check_values() const;
  int parse_and_run(std::vector<std::string> arguments);
  int print_answer(const Answer& answer) const;  // returns the exit code
  int report_error(const Error& error) const;    // prints it and returns the exit code
  // The command that was chosen; the program itself if none was.
  const CLI::App& chosen_app() const;
  bool writes_to_stdout() const;

  CLI::App app_;
  bool json_ = false;
  std::function<Expected<Answer>()> chosen_;
};

inline constexpr std::string_view kSummary =
    "pno learns to play the piano: MIDI in, a Music Transformer trained on it, new music out.";

// Prints "pno: warning: …" on stderr, for problems that do not stop the command.
void warn(std::string_view sentence);

}  // namespace pno::cli
