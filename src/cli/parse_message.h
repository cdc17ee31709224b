#pragma once

// Messages for wrong usage: what the parser of the command line (CLI11) reports, and errors that
// name fields of a configuration, as sentences about flags.

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace pno::cli {

// "--temprature is not a flag; did you mean --temperature?", "--seconds needs a value",
// "--tokens and --seconds exclude each other; omit one of them". `program` has parsed the command
// line and thrown `error`.
std::string parse_message(const CLI::App& program, const CLI::ParseError& error);

// Writes the fields that `message` names as the flags of `command`: "top_k is -1" becomes
// "--top-k is -1". A field of one word counts only in front of " is ", and not after "the".
std::string with_flag_names(const CLI::App& command, std::string_view message);

}  // namespace pno::cli
