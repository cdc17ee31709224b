#pragma once

// Flags whose values RUN/config.toml keeps, so that a run can be continued or repeated without
// them.

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "base/fields.h"

namespace pno::cli {

class KeptFlags {
 public:
  // `value` is bound to the flag, and must live as long as this object.
  template <class T>
  void keep(const CLI::Option* flag, T& value) {
    flags_.push_back({flag, [&value](const std::string& text) { return parse_field(text, value); },
                      [&value] { return field_text(value); }});
  }

  // The values by field name: "checkpoint_minutes" for --checkpoint-minutes.
  TextFields texts() const;

  // Sets the values that the command line does not have, nor one that a flag there excludes.
  // Returns an error that names `file` if a name is unknown or a value is bad.
  Expected<void> restore(const TextFields& texts, const std::string& file) const;

 private:
  struct Flag {
    const CLI::Option* option;
    std::function<Expected<void>(const std::string&)> set;
    std::function<std::string()> text;
  };
  std::vector<Flag> flags_;
};

}  // namespace pno::cli
