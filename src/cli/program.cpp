#include "cli/program.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <new>
#include <vector>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/printable_text.h"
#include "base/standard_streams.h"
#include "base/version.h"
#include "cli/nearest_name.h"
#include "cli/parse_message.h"

namespace pno::cli {
namespace {

constexpr std::size_t kHelpColumn = 34;  // first column of the help of a flag

enum ExitCode : int { kDone = 0, kFailed = 1, kWrongUsage = 2 };

// Names of files in the sentence may have control characters.
void print_error(std::string_view who, std::string_view sentence) {
  fmt::print(stderr, "{}: {}\n", who, printable_text(sentence));
}

// The arguments with dashes instead of underscores in the names of flags; "help play" as
// "play --help", "help" as "--help", "version" as "--version".
std::vector<std::string> arguments_for_parsing(int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  for (auto& argument : arguments) {
    if (argument == "--") break;
    if (!argument.starts_with("--")) continue;
    const auto name_end = argument.begin() + static_cast<std::ptrdiff_t>(
                                                 std::min(argument.find('='), argument.size()));
    std::replace(argument.begin(), name_end, '_', '-');
  }
  if (arguments.empty()) return arguments;
  if (arguments[0] == "help" && arguments.size() > 1) return {arguments[1], "--help"};
  if (arguments[0] == "help" || arguments[0] == "version") arguments[0].insert(0, "--");
  return arguments;
}

bool asks_for_json(const std::vector<std::string>& arguments) {
  const auto end = std::ranges::find(arguments, "--");
  return std::find(arguments.begin(), end, "--json") != end;
}

// Flushes, too: only then does a full disk or a closed pipe cause an error.
Expected<void> print_to_stdout(const std::string& text) {
  errno = 0;
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0) {
    return fail("stdout: cannot be written: {}", describe_errno(errno));
  }
  return {};
}

std::string json_line(const Json& json) {
  // File names may contain invalid UTF-8, which becomes U+FFFD.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Program::Program(std::string_view summary) : app_(std::string(summary), "pno") {
  app_.set_version_flag("--version", fmt::format("pno {}", kPnoVersion), "Show the version");
  app_.set_help_flag("-h,--help", "Show this help");
  app_.require_subcommand(1);
  const auto formatter = app_.get_formatter();  // shared by the commands
  formatter->column_width(kHelpColumn);
  formatter->label("REQUIRED", "(required)");
  formatter->label("Needs", "with");
  formatter->label("Excludes", "without");
  formatter->label("Positionals", "Arguments");
  formatter->label("SUBCOMMAND", "COMMAND");
  app_.footer("Each command has its own help: pno COMMAND --help");
}

CLI::App& Program::add(Command command) {
  CLI::App* app = app_.add_subcommand(command.name, command.summary);
  app->group("Commands");
  app->set_help_flag("-h,--help", "Show this help");
  app->add_flag("--json", json_, "Print the result as one JSON object");
  app->footer("Example:\n" + command.example);
  app->callback([this, run = std::move(command.run)] { chosen_ = run; });
  return *app;
}

int Program::run(int argc, const char* const* argv) {
  try {
    return parse_and_run(arguments_for_parsing(argc, argv));
  } catch (const std::bad_alloc&) {
    print_error("pno", "there is not enough memory; close other programs or reduce the request");
  } catch (const std::exception& failure) {
    print_error("pno", fmt::format("failed unexpectedly: {}", failure.what()));
  }
  return kFailed;
}

// Checks the command's name before CLI11 does, for a better message than "A subcommand is
// required".
Expected<void> Program::check_command(const std::vector<std::string>& arguments) const {
  std::vector<std::string_view> names;
  for (const auto* app : app_.get_subcommands({})) names.push_back(app->get_name());
  if (arguments.empty()) return fail_usage("name a command: {}", fmt::join(names, ", "));
  const std::string_view asked = arguments[0];
  if (asked.starts_with('-') || std::ranges::find(names, asked) != names.end()) return {};
  return fail_usage("unknown command '{}' (did you mean '{}'?)", asked, nearest_name(asked, names));
}

// Returns an error for values that CLI11 accepts and commands cannot use: an empty argument, such
// as that of an unset variable of a shell, and two outputs on stdout.
Expected<void> Program::check_values() const {
  for (const auto* option : chosen_app().get_options()) {
    const auto& values = option->results();
    if (!option->get_positional() || std::ranges::find(values, "") == values.end()) continue;
    return fail_usage("{} is empty; name a file", option->get_name());
  }
  if (json_ && writes_to_stdout()) {
    return fail_usage("--json and the output both go to stdout; name a file to write");
  }
  return {};
}

int Program::parse_and_run(std::vector<std::string> arguments) {
  json_ = asks_for_json(arguments);  // errors before the end of parsing are JSON, too
  if (const auto named = check_command(arguments); !named) {
    return report_error(named.error());
  }
  try {
    std::ranges::reverse(arguments);  // as CLI11 expects them
    app_.parse(std::move(arguments));
  } catch (const CLI::Success& asked) {  // --help, --version
    return app_.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    return report_error({parse_message(app_, wrong), Error::Kind::usage});
  }
  if (const auto usable = check_values(); !usable) return report_error(usable.error());

  catch_interrupts();
  const auto answer = chosen_();
  return answer ? print_answer(*answer) : report_error(answer.error());
}

int Program::print_answer(const Answer& answer) const {
  const int code = answer.complete ? kDone : kFailed;
  if (writes_to_stdout()) {
    fmt::print(stderr, "{}", answer.text);
    return code;
  }
  const bool has_json = json_ && !answer.json.is_null();
  const auto printed = print_to_stdout(has_json ? json_line(answer.json) : answer.text);
  return printed ? code : report_error(printed.error());
}

int Program::report_error(const Error& error) const {
  const bool is_usage = error.kind == Error::Kind::usage;
  const auto& app = chosen_app();
  const auto message = is_usage ? with_flag_names(app, error.message) : error.message;
  if (json_ && !message.empty()) (void)print_to_stdout(json_line({{"error", message}}));
  if (!is_usage) {
    if (!message.empty()) print_error("pno", message);
    return kFailed;
  }
  const auto command = &app == &app_ ? "pno" : fmt::format("pno {}", app.get_name());
  print_error(command, fmt::format("{}; see '{} --help'", message, command));
  return kWrongUsage;
}

const CLI::App& Program::chosen_app() const {
  const auto chosen = app_.get_subcommands();
  return chosen.empty() ? app_ : *chosen.front();
}

// A run of `pno train` is a FOLDER.
bool Program::writes_to_stdout() const {
  const auto* output = chosen_app().get_option_no_throw("--output");
  return output != nullptr && output->count() > 0 && output->get_type_name() == "FILE" &&
         names_stdout(output->results().front());
}

void warn(std::string_view sentence) {
  print_error("pno: warning", sentence);
}

}  // namespace pno::cli
