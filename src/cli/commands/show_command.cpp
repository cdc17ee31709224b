// pno show: draws a MIDI file as a piano roll.

#include "cli/commands/commands.h"

#ifdef PNO_HAS_PICTURE
#include "cli/midi_input.h"
#include "cli/output_path.h"
#include "cli/shared_flags.h"
#include "picture/piano_roll.h"
#endif

namespace pno::cli {

#ifdef PNO_HAS_PICTURE

namespace {

struct ShowFlags {
  std::string input, output;
  picture::PianoRollOptions roll;
};

Expected<Answer> show(const ShowFlags& flags) {
  PNO_TRY_VOID(check_output(flags.output, FileKind::picture, {flags.input}));
  PNO_TRY(const auto smf, read_music(flags.input, {.programs = midi::Programs::all}));
  PNO_TRY_VOID(picture::draw_piano_roll(smf.performance, flags.output, flags.roll));
  return Answer{fmt::format("{}\n", flags.output),
                {{"output", flags.output}, {"notes", smf.performance.notes.size()}}};
}

}  // namespace

void add_show(Program& program) {
  auto flags = std::make_shared<ShowFlags>();
  auto& roll = flags->roll;
  CLI::App& app = program.add({.name = "show",
                               .summary = "Draw a MIDI file as a piano roll",
                               .example = "  pno show a.mid -o a.png --from 30 --seconds 20",
                               .run = [flags] { return show(*flags); }});
  add_argument(app, "FILE", flags->input, "MIDI file");
  add_output(app, flags->output, "Picture to write: PNG, or SVG if the name ends in .svg");
  add_number(app, "--width", roll.width_px, "Width in pixels; 0: by the length of the music");
  add_number(app, "--height", roll.height_px, "Height in pixels");
  add_number(app, "--from", roll.from_s, "Start in seconds");
  add_number(app, "--seconds", roll.seconds, "Seconds to draw; 0: to the end");
  add_number(app, "--prime-seconds", roll.prime_s, "End of a prime, marked by a line; 0: no line");
  app.add_option("--title", roll.title, "Text above the picture")->type_name("TEXT");
}

#else

void add_show(Program& program) {
  CLI::App& app = program.add(
      {.name = "show",
       .summary = "Draw a MIDI file as a piano roll (not in this build)",
       .example = "  pno show a.mid -o a.png",
       .run = []() -> Expected<Answer> {
         return fail("this pno was built without pictures; build it with -DPNO_PICTURE=ON");
       }});
  app.allow_extras();
}

#endif

}  // namespace pno::cli
