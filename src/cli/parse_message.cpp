#include "cli/parse_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/field_flags.h"
#include "cli/nearest_name.h"

namespace pno::cli {
namespace {

// Parts of CLI11's messages.
constexpr std::string_view kRequires = " requires ", kExcludes = " excludes ",
                           kUnread = "Could not convert: ";

template <class Kind>
bool is(const CLI::ParseError& error) {
  return dynamic_cast<const Kind*>(&error) != nullptr;
}

// The command that was chosen, or the program itself.
const CLI::App& chosen(const CLI::App& program) {
  const auto commands = program.get_subcommands();
  return commands.empty() ? program : *commands.front();
}

// "--seconds", without the flags that --help does not show.
std::vector<std::string> shown_flags(const CLI::App& command) {
  std::vector<std::string> flags;
  for (const auto* option : command.get_options()) {
    if (option->get_group().empty()) continue;
    for (const auto& name : option->get_lnames()) flags.push_back("--" + name);
  }
  return flags;
}

bool has_flag(const CLI::App& command, const std::string& flag) {
  return command.get_option_no_throw(flag) != nullptr;
}

std::string unknown_flag(const CLI::App& command, std::string_view argument) {
  const auto wanted = argument.substr(0, argument.find('='));
  const auto flags = shown_flags(command);
  const std::vector<std::string_view> names(flags.begin(), flags.end());
  const auto near = close_name(wanted, names);
  return near ? fmt::format("{} is not a flag; did you mean {}?", wanted, *near)
              : fmt::format("{} is not a flag", wanted);
}

// The text between `before` and `after`; empty if `text` does not have them.
std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const auto first = text.find(before);
  if (first == std::string_view::npos) return {};
  text.remove_prefix(first + before.size());
  return text.substr(0, text.find(after));
}

// "--count: Value 0 not in range 1 to 10000" becomes "--count: '0' is not in the range 1 to 10000".
// CLI11 prints fractions with six decimals.
std::string range_message(std::string_view text) {
  const auto number = [](std::string_view digits) {
    double value = 0;
    return read_number(digits, value) ? field_text(value) : std::string(digits);
  };
  return fmt::format("{}: '{}' is not in the range {} to {}", text.substr(0, text.find(": Value ")),
                     between(text, ": Value ", " not in range "),
                     number(between(text, " not in range ", " to ")),
                     number(text.substr(text.rfind(' ') + 1)));
}

bool ends_a_word(char c) {
  return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
}

}  // namespace

std::string parse_message(const CLI::App& program, const CLI::ParseError& error) {
  const std::string_view text = error.what();
  const auto name = text.substr(0, text.find(':'));
  const auto left = program.remaining(/*recurse=*/true);
  const bool has_extras = is<CLI::ExtrasError>(error);
  // A misspelt flag may be the reason why another one is missing.
  if (has_extras || is<CLI::RequiredError>(error) || is<CLI::RequiresError>(error)) {
    const auto flag = std::ranges::find_if(left, [](const std::string& argument) {
      return argument.size() > 1 && argument.front() == '-';
    });
    if (flag != left.end()) return unknown_flag(chosen(program), *flag);
  }
  if (has_extras && !left.empty()) {
    return fmt::format("'{}' is one argument too many", left.front());
  }
  if (is<CLI::RequiresError>(error)) {
    return fmt::format("{} needs {}", between(text, "", kRequires), between(text, kRequires, "\n"));
  }
  if (is<CLI::ExcludesError>(error)) {
    return fmt::format("{} and {} exclude each other; omit one of them",
                       between(text, "", kExcludes), between(text, kExcludes, "\n"));
  }
  if (is<CLI::ArgumentMismatch>(error)) {
    if (text.find("At Most") != text.npos) return fmt::format("{} is given more than once", name);
    return fmt::format("{} needs a value", name);
  }
  if (is<CLI::ConversionError>(error) && text.starts_with(kUnread)) {
    return fmt::format("{}: '{}' is not a valid value", between(text, kUnread, " = "),
                       between(text, " = ", "\n"));
  }
  if (is<CLI::ValidationError>(error) && text.find(" not in range ") != std::string_view::npos) {
    return range_message(text);
  }
  return std::string(text);
}

std::string with_flag_names(const CLI::App& command, std::string_view message) {
  std::string text;
  std::string_view before;  // the word before this one
  while (!message.empty()) {
    const auto is_end = [](char c) { return ends_a_word(c); };
    const auto end = std::ranges::find_if(message, is_end) - message.begin();
    const auto word = message.substr(0, static_cast<std::size_t>(end));
    message.remove_prefix(word.size());
    const bool is_apart = text.empty() || text.back() == ' ';
    const bool is_subject = message.starts_with(" is ") && before != "the" && before != "a";
    const bool names_field = word.find('_') != std::string_view::npos || is_subject;
    const auto flag = word.empty() ? std::string() : flag_name(word);
    text += is_apart && names_field && !flag.empty() && has_flag(command, flag) ? flag : word;
    if (!word.empty()) before = word;
    if (message.empty()) break;
    text += message.front();
    message.remove_prefix(1);
  }
  return text;
}

}  // namespace pno::cli
