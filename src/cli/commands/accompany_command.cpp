// pno accompany: plays with a given melody.

#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/progress.h"
#include "cli/commands/commands.h"
#include "cli/midi_input.h"
#include "cli/output_path.h"
#include "cli/role_music_flags.h"
#include "cli/shared_flags.h"
#include "infer/accompany.h"

namespace pno::cli {
namespace {

using events::PlainNote;

struct AccompanyFlags {
  RoleMusicFlags common;
  infer::AccompanyMode mode = infer::AccompanyMode::accompany;
  std::optional<int> track, channel;  // from 1
  int lowest = 0, highest = 127;

  bool is_choice() const { return track || channel || lowest > 0 || highest < 127; }
  // Whether a note is of the melody. `of_track` and `of_channel` count from 0.
  bool chooses(int of_track, int of_channel, int pitch) const {
    return (!track || *track == of_track + 1) && (!channel || *channel == of_channel + 1) &&
           pitch >= lowest && pitch <= highest;
  }
};

Expected<std::vector<PlainNote>> read_melody(const AccompanyFlags& flags) {
  const auto& input = flags.common.input;
  PNO_TRY(auto smf, read_music(input, {.programs = flags.common.programs, .merge_tracks = false}));
  auto& performance = smf.performance;
  std::erase_if(performance.notes, [&](const midi::Note& note) {
    return !flags.chooses(note.track, note.channel, note.pitch);
  });
  if (performance.notes.empty()) {
    return fail(
        "{}: none of its notes is in the melody asked for; give another --track, --channel, "
        "--lowest or --highest",
        input.string());
  }
  (void)midi::make_playable(performance.notes);
  return events::plain_notes(performance);
}

Expected<Answer> run_accompany(const AccompanyFlags& flags) {
  if (flags.lowest > flags.highest) {
    return fail_usage("--lowest {} is above --highest {}", flags.lowest, flags.highest);
  }
  PNO_TRY(const auto request, open_role_music(flags.common, "accompany"));
  PNO_TRY(const auto melody, read_melody(flags));
  PNO_TRY(const auto source, MappedFile::open(flags.common.input));
  const bool is_realised = flags.mode == infer::AccompanyMode::realise;
  midi::SmfEdit edit;
  edit.leaves = [&](const midi::FileNote& note) {
    return is_realised ||
           (flags.is_choice() && !flags.chooses(note.track, note.channel, note.pitch));
  };
  edit.begins_us = melody.back().start_us + melody.back().length_us;
  RoleMusicTotals totals;
  for (int i = 0; i < flags.common.count; ++i) {
    const auto name = numbered(flags.common.output, i, flags.common.count);
    PNO_TRY(auto file, ReplacingFile::create(name));
    auto options = request.options;
    options.stream = static_cast<std::uint64_t>(i);
    ProgressLine line("accompany", "steps");
    const auto progress = [&](std::int64_t done, std::int64_t total) { line.update(done, total); };
    PNO_TRY(const auto music,
            infer::accompany(request.engine, melody, flags.mode, options, progress));
    totals.add(music);
    if (music.too_dense) {
      warn(
          fmt::format("{}: the model hardly advanced in time: stopped after {} events; try "
                      "another --temperature",
                      name.string(), music.drawn_tokens));
    }
    edit.added = added_music(flags.common, request, music.notes, i);
    PNO_TRY_VOID(write_edited(flags.common, source.bytes(), edit, file));
    totals.add_file(name, static_cast<double>(melody.back().start_us) / 1e6);
  }
  return totals.answer(request.options.seed);
}

}  // namespace

void add_accompany(Program& program) {
  auto flags = std::make_shared<AccompanyFlags>();
  CLI::App& app = program.add(
      {.name = "accompany",
       .summary = "Play with a given melody",
       .example = "  pno accompany run/model.safetensors melody.mid -o both.mid\n"
                  "  pno accompany run/model.safetensors song.mid --track 2 --count 3 -o new.mid\n"
                  "  pno accompany run/model.safetensors song.mid --lowest 60 --mode realise "
                  "-o played.mid",
       .run = [flags] { return run_accompany(*flags); }});
  auto& common = flags->common;
  add_argument(app, "MODEL", common.model, "Model file, trained with roles");
  add_argument(app, "MIDI", common.input, "MIDI file with the melody");
  add_output(app, common.output,
             "MIDI file to write: the melody, and a track of new notes (accompany); or a track in "
             "which pno plays both (realise)");
  add_choice(app, "--mode", flags->mode, "The melody stays as it is, or pno plays it, too");
  const auto add_from_1 = [&](const char* flag, std::optional<int>& value, const char* help) {
    app.add_option(flag, value, help)->type_name("N")->check(CLI::Range(1, 65535).description(""));
  };
  add_from_1("--track", flags->track, "Track of the melody, counted from 1; other notes leave");
  add_from_1("--channel", flags->channel, "MIDI channel of the melody, 1 to 16; others leave");
  add_number(app, "--lowest", flags->lowest, "Lowest pitch of the melody; lower notes leave")
      ->check(CLI::Range(0, 127).description(""));
  add_number(app, "--highest", flags->highest, "Highest pitch of the melody; higher notes leave")
      ->check(CLI::Range(0, 127).description(""));
  add_role_music_flags(app, common);
}

}  // namespace pno::cli
