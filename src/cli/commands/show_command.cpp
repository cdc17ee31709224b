// pno show: draws a MIDI file as a piano roll.

#include "cli/commands/commands.h"

#ifdef PNO_HAS_PICTURE
#include "cli/midi_input.h"
#include "cli/note_attention.h"
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
  NoteAttentionOptions attention;  // without a model: none
};

Json as_json(const NoteAttention& attention, const midi::Performance& performance) {
  const auto note = [&](std::size_t index) {
    const auto& of = performance.notes[index];
    return Json{{"start", static_cast<double>(of.start_us) * 1e-6}, {"pitch", of.pitch}};
  };
  Json heeded = Json::array();
  for (const auto& [index, share] : attention.arcs.heeded) {
    heeded.push_back(note(index));
    heeded.back()["share"] = share;
  }
  return {{"note", note(attention.arcs.chosen)}, {"heeded", heeded}, {"rest", attention.rest}};
}

Expected<Answer> show(const ShowFlags& flags) {
  PNO_TRY_VOID(check_output(flags.output, FileKind::picture, {flags.input}));
  PNO_TRY(const auto smf, read_music(flags.input, {.programs = midi::Programs::all}));
  Json json = {{"output", flags.output}, {"notes", smf.performance.notes.size()}};
  std::optional<picture::AttentionArcs> arcs;
  std::string text = fmt::format("{}\n", flags.output);
  if (!flags.attention.model.empty()) {
    auto options = flags.attention;
    if (options.at_s < 0 && flags.roll.seconds > 0) {
      // The last note of what is drawn.
      options.before_s = flags.roll.from_s + flags.roll.seconds;
    }
    PNO_TRY(const auto attention, attention_before(smf.performance, options));
    text +=
        fmt::format("{} notes with {:.0f} % of the attention; {:.0f} % was on events of no note\n",
                    attention.arcs.heeded.size(), attention.shown * 100, attention.rest * 100);
    json["attention"] = as_json(attention, smf.performance);
    arcs = attention.arcs;
  }
  PNO_TRY_VOID(picture::draw_piano_roll(smf.performance, flags.output, flags.roll, arcs));
  return Answer{text, json};
}

}  // namespace

void add_show(Program& program) {
  auto flags = std::make_shared<ShowFlags>();
  auto& roll = flags->roll;
  CLI::App& app = program.add({.name = "show",
                               .summary = "Draw a MIDI file as a piano roll",
                               .example = "  pno show a.mid -o a.png --from 30 --seconds 20\n"
                                          "  pno show a.mid -o a.png --attention model.safetensors "
                                          "--at 12",
                               .run = [flags] { return show(*flags); }});
  add_argument(app, "FILE", flags->input, "MIDI file");
  add_output(app, flags->output, "Picture to write: PNG, or SVG if the name ends in .svg");
  add_number(app, "--width", roll.width_px, "Width in pixels; 0: by the length of the music");
  add_number(app, "--height", roll.height_px, "Height in pixels");
  add_number(app, "--from", roll.from_s, "Start in seconds");
  add_number(app, "--seconds", roll.seconds, "Seconds to draw; 0: to the end");
  add_number(app, "--prime-seconds", roll.prime_s, "End of a prime, marked by a line; 0: no line");
  app.add_option("--title", roll.title, "Text above the picture")->type_name("TEXT");
  auto& attention = flags->attention;
  auto* const model =
      app.add_option("--attention", attention.model,
                     "Model file: draws which notes it attended to before the note of --at")
          ->type_name("FILE");
  add_number(app, "--at", attention.at_s,
             "Time in seconds: the first note from there on; without it, the last that is drawn")
      ->needs(model)
      ->default_str("");
  add_number(app, "--layer", attention.of.layer, "Layer, from 1; 0: the mean over all")
      ->needs(model);
  add_number(app, "--head", attention.of.head, "Head of each layer, from 1; 0: the mean over all")
      ->needs(model);
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
