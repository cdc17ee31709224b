#pragma once

// Flags that several commands have, with the same help and checks.

#include <CLI/CLI.hpp>
#include <cmath>
#include <string>

#include "cli/field_flags.h"
#include "events/vocabulary.h"

namespace pno::cli {

// --threads N; 0, the default, is one per core.
void add_threads(CLI::App& app, int& threads);

// --vocabulary NAME.
void add_vocabulary(CLI::App& app, events::Vocabulary& vocabulary);

// -o, --output: required.
template <class T>
void add_output(CLI::App& app, T& path, const std::string& help, const std::string& kind = "FILE") {
  app.add_option("-o,--output", path, help)->required()->type_name(kind);
}

// An argument without a flag; required.
template <class T>
void add_argument(CLI::App& app, const std::string& name, T& value, const std::string& help) {
  app.add_option(name, value, help)->required()->type_name("");
}

// A flag for a number that is finite and not negative. Its current value is the default in --help.
template <class T>
CLI::Option* add_number(CLI::App& app, const std::string& flag, T& value, const std::string& help) {
  return app.add_option(flag, value, help)
      ->type_name(value_kind<T>())
      ->default_str(field_text(value))
      ->check([](const std::string& text) -> std::string {
        if (auto wrong = check_field<T>(text); !wrong.empty()) return wrong;
        T number{};
        (void)parse_field(text, number);
        const bool in_range = std::isfinite(static_cast<double>(number)) && number >= T{0};
        return in_range ? "" : fmt::format("'{}' is not 0 or more", text);
      });
}

}  // namespace pno::cli
