#pragma once

// MIDI files as the commands take them.

#include <CLI/CLI.hpp>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "midi/smf_reader.h"

namespace pno::cli {

// --no-sustain and --programs.
void add_read_flags(CLI::App& app, midi::ReadOptions& options);

// --programs alone.
CLI::Option* add_programs(CLI::App& app, midi::Programs& programs);

// A file, or stdin if `path` names that (base/standard_streams.h), which can be read only once.
struct MidiInput {
  std::string name;   // for messages: the path, or "stdin"
  std::string bytes;  // of a MIDI file, or not: that is for the reader to say
};
Expected<MidiInput> read_input(const std::filesystem::path& path);

// Reads a file or stdin. Warns if it was cut short.
Expected<midi::SmfFile> read_midi(const std::filesystem::path& path,
                                  const midi::ReadOptions& options = {});

// The same for commands that can do nothing without notes. If the notes are those of other
// instruments, the error advises --programs: a command that does not take all of them has that
// flag.
Expected<midi::SmfFile> read_music(const std::filesystem::path& path,
                                   const midi::ReadOptions& options = {});
Expected<midi::SmfFile> read_music(const MidiInput& input, const midi::ReadOptions& options = {});

}  // namespace pno::cli
