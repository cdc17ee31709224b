#include "cli/run_record.h"

#include <fmt/ranges.h>

#include <fstream>

namespace pno::cli {
namespace {

// A basic string of TOML.
std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string toml_text(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const auto& text : texts) items.push_back(toml_text(text));
  return items.empty() ? "[]" : fmt::format("[\n  {},\n]", fmt::join(items, ",\n  "));
}

template <class Config>
std::string table_text(std::string_view name, const Config& config) {
  auto text = fmt::format("\n[{}]\n", name);
  Config::fields(config, [&](std::string_view field, const auto& value, std::string_view help) {
    using Value = std::remove_cvref_t<decltype(value)>;
    const auto plain = field_text(value);
    text += fmt::format("{} = {}  # {}\n", field,
                        std::is_arithmetic_v<Value> ? plain : toml_text(plain), help);
  });
  return text;
}

}  // namespace

std::string record_text(const std::string& name, const RunRecord& record,
                        const model::ModelConfig& model, const train::TrainConfig& train) {
  auto text = fmt::format("# pno train --preset {} -o NEW repeats this run.\n\n[run]\n",
                          shell_text(std::vector{name}));
  text += fmt::format("version = {}\ncommit = {}\nfolder = {}\n", toml_text(record.version),
                      toml_text(record.commit), toml_text(record.folder));
  text += fmt::format("commands = {}\ndatasets = {}\n", toml_text(record.commands),
                      toml_text(record.datasets));
  for (const auto& [key, value] : record.settings) {
    text += fmt::format("{} = {}\n", key, toml_text(value));
  }
  return text + table_text("model", model) + table_text("train", train);
}

std::string shell_text(std::span<const std::string> arguments) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%";
  std::string text;
  for (const auto& argument : arguments) {
    if (!text.empty()) text += ' ';
    if (!argument.empty() && argument.find_first_not_of(kPlain) == std::string::npos) {
      text += argument;
      continue;
    }
    text += '\'';
    for (const char c : argument) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    text += '\'';
  }
  return text;
}

std::vector<std::string> own_arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

}  // namespace pno::cli
