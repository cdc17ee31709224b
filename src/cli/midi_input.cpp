#include "cli/midi_input.h"

#include "base/file.h"
#include "base/other_kind.h"
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

Expected<midi::SmfFile> read_midi(const std::filesystem::path& path,
                                  const midi::ReadOptions& options) {
  const auto file = MappedFile::open(path);
  if (!file) return tl::unexpected(explained(file.error(), path, Wanted::midi));
  // Looked at first: a tar archive has a MIDI file somewhere in it, too.
  const auto clause = other_kind_clause(content_kind(file->bytes()), Wanted::midi);
  if (!clause.empty()) return fail("{}: {}", path.string(), clause);
  auto smf = midi::read_smf(file->bytes(), options);
  if (!smf) return fail("{}: {}", path.string(), smf.error().message);
  if (smf->oddities.truncated) {
    warn(fmt::format("{}: was cut short; what comes before the end is used", path.string()));
  }
  return smf;
}

Expected<midi::SmfFile> read_music(const std::filesystem::path& path,
                                   const midi::ReadOptions& options) {
  PNO_TRY(auto smf, read_midi(path, options));
  if (!smf.performance.notes.empty()) return smf;
  if (smf.oddities.other_program_notes > 0) {
    return fail("{}: has no piano notes; --programs all takes every instrument but drums",
                path.string());
  }
  if (smf.oddities.drum_notes > 0) {
    return fail("{}: has only drums, which are left out; choose a file with music for a piano",
                path.string());
  }
  return fail("{}: has no notes; choose a file with music in it", path.string());
}

}  // namespace pno::cli
