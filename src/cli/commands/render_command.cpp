// pno render: writes a MIDI file as sound.

#include "cli/commands/commands.h"

#ifdef PNO_HAS_SOUND
#include "base/progress.h"
#include "cli/midi_input.h"
#include "cli/output_path.h"
#include "cli/shared_flags.h"
#include "sound/render.h"
#endif

namespace pno::cli {

#ifdef PNO_HAS_SOUND

namespace {

struct RenderFlags {
  std::string input, output;
  sound::RenderOptions render;
};

Expected<Answer> render(const RenderFlags& flags) {
  PNO_TRY_VOID(check_output(flags.output, FileKind::sound, {flags.input}));
  PNO_TRY(const auto smf, read_music(flags.input, {.programs = midi::Programs::all}));
  ProgressLine line("render", "seconds");
  PNO_TRY(const auto rendered,
          sound::render(smf.performance, flags.output, flags.render,
                        [&](std::int64_t done, std::int64_t total) { line.update(done, total); }));
  return Answer{fmt::format("{}: {:.1f} s\n", flags.output, rendered.seconds),
                {{"output", flags.output},
                 {"music_seconds", rendered.seconds},
                 {"peak", rendered.peak},
                 {"rms", rendered.rms}}};
}

}  // namespace

void add_render(Program& program) {
  auto flags = std::make_shared<RenderFlags>();
  auto& options = flags->render;
  CLI::App& app = program.add({.name = "render",
                               .summary = "Turn a MIDI file into sound",
                               .example = "  pno render a.mid -o a.wav",
                               .run = [flags] { return render(*flags); }});
  add_argument(app, "FILE", flags->input, "MIDI file");
  add_output(app, flags->output, "Sound file to write: .wav, .flac or .ogg");
  app.add_option("--soundfont", options.soundfont,
                 "SoundFont (.sf2, .sf3); default: $PNO_SOUNDFONT, else the piano of pno")
      ->type_name("FILE");
  add_number(app, "--sample-rate", options.sample_rate, "Samples per second");
  add_number(app, "--gain", options.gain, "Factor of loudness; 0: peak at -1 dBFS");
  add_number(app, "--tail-seconds", options.tail_seconds,
             "Most seconds of sound after the last note");
  add_number(app, "--program", options.program, "General MIDI program; 0: grand piano")
      ->check(CLI::Range(0, 127).description(""));
}

#else

void add_render(Program& program) {
  CLI::App& app =
      program.add({.name = "render",
                   .summary = "Turn a MIDI file into sound (not in this build)",
                   .example = "  pno render a.mid -o a.wav",
                   .run = []() -> Expected<Answer> {
                     return fail("this pno was built without sound; build it with -DPNO_SOUND=ON");
                   }});
  app.allow_extras();
}

#endif

}  // namespace pno::cli
