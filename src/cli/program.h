#pragma once

// Common to all subcommands: flags, --help with an example, --json, one sentence on stderr for an
// error, and the exit code: 0 success, 1 failure, 2 wrong usage.

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/number_text.h"

namespace pno::cli {

using Json = nlohmann::ordered_json;

// The output of a command on stdout: `text`, or with --json `json`.
struct Answer {
  std::string text;  // complete lines; may be empty
  Json json;         // an object; null: print `text` with --json, too
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
  // Reads `--learning_rate` as `--learning-rate`. Does not throw.
  int run(int argc, const char* const* argv);

 private:
  Expected<void> check_command(int argc, const char* const* argv) const;
  int parse_and_run(int argc, const char* const* argv);
  int report_error(const Error& error) const;  // prints it and returns the exit code

  CLI::App app_;
  bool json_ = false;
  std::function<Expected<Answer>()> chosen_;
};

inline constexpr std::string_view kSummary =
    "pno learns to play the piano: MIDI in, a Music Transformer trained on it, new music out.";

// Prints "pno: warning: …" on stderr, for problems that do not stop the command.
void warn(std::string_view sentence);

}  // namespace pno::cli
