#include "cli/midi_input.h"

#include "base/file.h"
#include "base/other_kind.h"
#include "base/standard_streams.h"
#include "cli/field_flags.h"
#include "cli/program.h"

namespace pno::cli {

void add_read_flags(CLI::App& app, midi::ReadOptions& options) {
  app.add_flag_callback(
      "--no-sustain", [&options] { options.sustain = false; },
      "Keep the key lengths: pedals lengthen no note");
  add_programs(app, options.programs);
}

CLI::Option* add_programs(CLI::App& app, midi::Programs& programs) {
  return add_choice(app, "--programs", programs, "Which instruments count");
}

namespace {

Expected<midi::SmfFile> parse_midi(std::span<const std::byte> bytes, const std::string& name,
                                   const midi::ReadOptions& options) {
  // Looked at first: a tar archive has a MIDI file somewhere in it, too.
  const auto clause = other_kind_clause(content_kind(bytes), Wanted::midi);
  if (!clause.empty()) return fail("{}: {}", name, clause);
  auto smf = midi::read_smf(bytes, options);
  if (!smf) return fail("{}: {}", name, smf.error().message);
  if (smf->oddities.truncated) {
    warn(fmt::format("{}: was cut short; what comes before the end is used", name));
  }
  return smf;
}

std::string input_name(const std::filesystem::path& path) {
  return names_stdin(path) ? "stdin" : path.string();
}

Expected<midi::SmfFile> with_notes(midi::SmfFile smf, const std::string& name) {
  if (!smf.performance.notes.empty()) return smf;
  if (smf.oddities.other_program_notes > 0) {
    return fail("{}: has no piano notes; --programs all takes every instrument but drums", name);
  }
  if (smf.oddities.drum_notes > 0) {
    return fail("{}: has only drums, which are left out; choose a file with music for a piano",
                name);
  }
  return fail("{}: has no notes; choose a file with music in it", name);
}

}  // namespace

Expected<MidiInput> read_input(const std::filesystem::path& path) {
  if (names_stdin(path)) {
    PNO_TRY(auto bytes, read_stdin());
    return MidiInput{.name = input_name(path), .bytes = std::move(bytes)};
  }
  auto bytes = read_text(path);
  if (!bytes) return tl::unexpected(explained(bytes.error(), path, Wanted::midi));
  return MidiInput{.name = input_name(path), .bytes = std::move(*bytes)};
}

Expected<midi::SmfFile> read_midi(const std::filesystem::path& path,
                                  const midi::ReadOptions& options) {
  if (names_stdin(path)) {
    PNO_TRY(const auto input, read_input(path));
    return parse_midi(std::as_bytes(std::span(input.bytes)), input.name, options);
  }
  const auto file = MappedFile::open(path);
  if (!file) return tl::unexpected(explained(file.error(), path, Wanted::midi));
  return parse_midi(file->bytes(), path.string(), options);
}

Expected<midi::SmfFile> read_music(const std::filesystem::path& path,
                                   const midi::ReadOptions& options) {
  PNO_TRY(auto smf, read_midi(path, options));
  return with_notes(std::move(smf), input_name(path));
}

Expected<midi::SmfFile> read_music(const MidiInput& input, const midi::ReadOptions& options) {
  PNO_TRY(auto smf, parse_midi(std::as_bytes(std::span(input.bytes)), input.name, options));
  return with_notes(std::move(smf), input.name);
}

}  // namespace pno::cli
