#include "base/progress.h"
#include "cli/describe.h"
#include "midi/smf_reader.h"

namespace pno::cli {
namespace {

struct Range {
  int lowest = 127, highest = 0;

  void widen(int value) {
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
};

double pedal_seconds(const midi::Performance& performance) {
  double seconds = 0;
  for (const auto& pedal : performance.pedals) {
    if (pedal.kind == midi::Pedal::Kind::sustain) {
      seconds += static_cast<double>(pedal.end_us - pedal.start_us) / 1e6;
    }
  }
  return seconds;
}

std::string division_text(const midi::SmfFile& smf) {
  return smf.ticks_per_quarter > 0 ? fmt::format("{} ticks per quarter", smf.ticks_per_quarter)
                                   : fmt::format("{:.0f} ticks per second", smf.smpte_ticks_per_s);
}

}  // namespace

Expected<Answer> describe_midi(const std::filesystem::path& path,
                               std::span<const std::byte> bytes) {
  const auto smf = midi::read_smf(bytes, {.programs = midi::Programs::all});
  if (!smf) return fail("{}: {}", path.string(), smf.error().message);
  const auto& notes = smf->performance.notes;
  const double seconds = static_cast<double>(smf->performance.length_us()) / 1e6;
  Range pitch, velocity;
  for (const auto& note : notes) {
    pitch.widen(note.pitch);
    velocity.widen(note.velocity);
  }
  Json json = {{"file", path.string()},
               {"kind", "midi"},
               {"format", smf->format},
               {"tracks", smf->tracks},
               {"ticks_per_quarter", smf->ticks_per_quarter},
               {"first_tempo_bpm", smf->first_tempo_bpm},
               {"tempo_changes", smf->tempo_changes},
               {"music_seconds", seconds},
               {"notes", notes.size()},
               {"pedals", smf->performance.pedals.size()},
               {"pedal_seconds", pedal_seconds(smf->performance)},
               {"odd", smf->oddities.text()}};
  auto text = fmt::format(
      "{}: MIDI, format {}, {}, {}\n"
      "  length   {} ({}), tempo {:.1f} bpm, {}\n"
      "  pedal    {}, {:.1f} s\n",
      path.string(), smf->format, counted(smf->tracks, "track"), division_text(*smf),
      clock_text(seconds), counted(notes.size(), "note"), smf->first_tempo_bpm,
      counted(smf->tempo_changes, "change"), counted(smf->performance.pedals.size(), "time"),
      pedal_seconds(smf->performance));
  if (!notes.empty()) {
    json["pitch_range"] = {pitch.lowest, pitch.highest};
    json["velocity_range"] = {velocity.lowest, velocity.highest};
    text += fmt::format("  range    pitch {} to {}, velocity {} to {}\n", pitch.lowest,
                        pitch.highest, velocity.lowest, velocity.highest);
  }
  if (smf->oddities.any()) text += fmt::format("  odd      {}\n", smf->oddities.text());
  return Answer{std::move(text), std::move(json)};
}

}  // namespace pno::cli
