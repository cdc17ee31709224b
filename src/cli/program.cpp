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
#include "base/version.h"
#include "cli/nearest_name.h"

namespace pno::cli {
namespace {

constexpr std::size_t kHelpColumn = 34;  // first column of the help of a flag

enum ExitCode : int { kDone = 0, kFailed = 1, kWrongUsage = 2 };

void print_error(std::string_view sentence) {
  fmt::print(stderr, "pno: {}\n", sentence);
}

// The arguments in reverse order, as CLI11 expects them, with dashes instead of underscores in the
// names of flags.
std::vector<std::string> arguments_for_parsing(int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (auto& argument : arguments) {
    if (argument == "--") break;
    if (!argument.starts_with("--")) continue;
    const auto name_end = argument.begin() + static_cast<std::ptrdiff_t>(
                                                 std::min(argument.find('='), argument.size()));
    std::replace(argument.begin(), name_end, '_', '-');
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
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
    return parse_and_run(argc, argv);
  } catch (const std::bad_alloc&) {
    print_error("there is not enough memory; close other programs or reduce the request");
  } catch (const std::exception& failure) {
    print_error(fmt::format("failed unexpectedly: {}", failure.what()));
  }
  return kFailed;
}

// Checks the command's name before CLI11 does, for a better message than "A subcommand is
// required".
Expected<void> Program::check_command(int argc, const char* const* argv) const {
  std::vector<std::string_view> names;
  for (const auto* app : app_.get_subcommands({})) names.push_back(app->get_name());
  if (argc < 2) return fail_usage("name a command: {}", fmt::join(names, ", "));
  const std::string_view asked = argv[1];
  if (asked.starts_with('-') || std::ranges::find(names, asked) != names.end()) return {};
  return fail_usage("unknown command '{}' (did you mean '{}'?)", asked, nearest_name(asked, names));
}

int Program::parse_and_run(int argc, const char* const* argv) {
  if (const auto named = check_command(argc, argv); !named) {
    return report_error(named.error());
  }
  try {
    app_.parse(arguments_for_parsing(argc, argv));
  } catch (const CLI::Success& asked) {  // --help, --version
    return app_.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    return report_error({wrong.what(), Error::Kind::usage});
  }

  catch_interrupts();
  auto answer = chosen_();
  if (answer) {
    const bool has_json = json_ && !answer->json.is_null();
    const auto printed = print_to_stdout(has_json ? json_line(answer->json) : answer->text);
    if (printed) return kDone;
    answer = tl::unexpected(printed.error());
  }
  return report_error(answer.error());
}

int Program::report_error(const Error& error) const {
  if (error.kind != Error::Kind::usage) {
    if (!error.message.empty()) print_error(error.message);
    return kFailed;
  }
  const auto chosen = app_.get_subcommands();
  const auto command = chosen.empty() ? "pno" : fmt::format("pno {}", chosen.front()->get_name());
  fmt::print(stderr, "{}: {}; see '{} --help'\n", command, error.message, command);
  return kWrongUsage;
}

void warn(std::string_view sentence) {
  fmt::print(stderr, "pno: warning: {}\n", sentence);
}

}  // namespace pno::cli
