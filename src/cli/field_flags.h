#pragma once

// Makes command-line flags of the fields of configurations (base/fields.h): learning_rate becomes
// --learning-rate, the help of an enum lists its choices, and --help shows the defaults.

#include <CLI/CLI.hpp>
#include <concepts>
#include <string>
#include <string_view>

#include "base/fields.h"

namespace pno::cli {

// "learning_rate" to "--learning-rate".
std::string flag_name(std::string_view field);

// The name of a value of type T in --help.
template <class T>
std::string value_kind() {
  if constexpr (NamedEnum<T>) return "NAME";
  if constexpr (std::same_as<T, std::string>) return "TEXT";
  if constexpr (std::integral<T>) return "N";
  return "NUMBER";
}

// The text with a capital first letter, as in the lines of --help.
std::string capitalised(std::string_view text);

template <class T>
std::string help_with_choices(std::string_view help) {
  if constexpr (NamedEnum<T>) return fmt::format("{}: {}", capitalised(help), enum_choices<T>());
  return capitalised(help);
}

// A CLI11 validator: the reason why the text is not a valid T; empty if it is.
template <class T>
std::string check_field(const std::string& text) {
  if (text.empty()) return "needs a value";
  T parsed{};
  const auto result = parse_field(text, parsed);
  return result ? std::string() : result.error().message;
}

// A flag for an enum.
template <NamedEnum E>
CLI::Option* add_choice(CLI::App& app, const std::string& flag, E& value, std::string_view help) {
  const auto set = [&value](const std::string& text) { (void)parse_field(text, value); };
  return app.add_option_function<std::string>(flag, set, help_with_choices<E>(help))
      ->type_name(value_kind<E>())
      ->default_str(field_text(value))
      ->check(check_field<E>);
}

// Flags for all fields, under the heading `group`. Stores the texts of the command line in `given`,
// by field name, for apply_fields(). So flags override a preset whatever their order.
template <class Config>
void add_field_flags(CLI::App& app, const std::string& group, TextFields& given) {
  const Config standard;
  Config::fields(standard, [&](std::string_view name, const auto& value, std::string_view help) {
    using Value = std::remove_cvref_t<decltype(value)>;
    auto& text = given[std::string(name)];  // empty: not given
    const auto flag = flag_name(name);
    if constexpr (std::same_as<Value, bool>) {
      app.add_flag_callback(
             flag, [&text] { text = "true"; }, capitalised(help))
          ->group(group);
      // To override a preset; not in --help.
      app.add_flag_callback("--no-" + flag.substr(2), [&text] { text = "false"; })->group("");
    } else {
      app.add_option(flag, text, help_with_choices<Value>(help))
          ->type_name(value_kind<Value>())
          ->check(check_field<Value>)
          ->default_str(field_text(value))
          ->group(group);
    }
  });
}

// Sets every field whose text in `given` is not empty. Returns an error if a text is not a value.
template <class Config>
Expected<void> apply_fields(const TextFields& given, Config& config) {
  for (const auto& [name, text] : given) {
    if (text.empty()) continue;
    PNO_TRY([[maybe_unused]] const bool known, set_field(config, name, text));
  }
  return {};
}

}  // namespace pno::cli
