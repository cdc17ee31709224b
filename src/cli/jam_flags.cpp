#include "cli/jam_flags.h"

#include "cli/field_flags.h"
#include "cli/flat_toml.h"
#include "cli/shared_flags.h"
#include "infer/music/music_state.h"
#include "infer/music/play_sampling.h"
#include "infer/music/soft_controls.h"

namespace pno::cli {
namespace {

void add_turn_flags(CLI::App& app, JamFlags& flags) {
  const std::string group = "Turns";
  add_number(app, "--pause", flags.duet.pause_s,
             "Seconds of silence after which pno answers; at rest, less")
      ->group(group);
  add_number(app, "--turn", flags.duet.turn_s, "Seconds of an answer")->group(group);
  add_number(app, "--ahead", flags.duet.ahead_s, "Seconds that pno draws ahead")->group(group);
  app.add_option("--takeover-controller", flags.takeover_controller,
                 "Controller that gives the turn to pno; 67: the soft pedal, -1: none")
      ->type_name("N")
      ->default_str(field_text(flags.takeover_controller))
      ->check(check_field<int>)
      ->group(group);
  app.add_option("--takeover-key", flags.takeover_key,
                 "Key that does, by its MIDI number; -1: none")
      ->type_name("N")
      ->default_str(field_text(flags.takeover_key))
      ->check(check_field<int>)
      ->group(group);
  app.add_flag("--duet", flags.duet_at_once, "pno plays while you play; needs a model with roles")
      ->group(group);
}

void add_mock_flags(CLI::App& app, JamFlags& flags) {
  const std::string group = "Without a keyboard";
  auto* mock = app.add_option("--mock", flags.mock,
                              "MIDI file that plays in place of a person, in phrases with pauses")
                   ->type_name("FILE")
                   ->group(group);
  add_number(app, "--mock-seconds", flags.mock_seconds, "Seconds of music after which it ends")
      ->needs(mock)
      ->group(group);
  add_number(app, "--mock-speed", flags.mock_speed, "How much faster than real time")
      ->needs(mock)
      ->check(CLI::Range(0.1, 1000.0).description(""))
      ->group(group);
}

}  // namespace

Expected<live::ControlMap> read_controls(const std::string& text) {
  live::ControlMap map;
  if (text.empty()) return map;
  if (text.find('=') != std::string::npos) {
    PNO_TRY_VOID(map.add_list(text));
    return map;
  }
  PNO_TRY(const auto lines, read_flat_toml(text));
  for (const auto& [wish, controller] : lines) {
    if (auto added = map.add(wish, controller); !added) {
      return fail("{}: {}", text, added.error().message);
    }
  }
  if (map.controls().empty()) {
    return fail("{}: maps no controller; write lines such as density = 20", text);
  }
  return map;
}

void add_jam_flags(CLI::App& app, JamFlags& flags) {
  app.add_option("MODEL", flags.model, "Model file; default: the one installed with pno")
      ->type_name("");
  app.add_option("--in", flags.instrument.in, "MIDI port of the keyboard; default: the first one")
      ->type_name("PORT")
      ->group("MIDI ports");
  add_port_flags(app, flags.instrument, "--out");
  add_number(app, "--channel", flags.channel, "Channel of all notes sent")
      ->check(CLI::Range(1, 16).description(""))
      ->group("MIDI ports");
  app.add_option(
         "--monitor", flags.monitor,
         "Whether your keys are sent to the output: on, off, auto: unless it is the keyboard")
      ->type_name("WHETHER")
      ->default_str("auto")
      ->check(CLI::IsMember({"on", "off", "auto"}).description(""))
      ->group("MIDI ports");
  add_turn_flags(app, flags);
  add_sound_flags(app, flags.instrument);
  add_mock_flags(app, flags);
  app.add_flag("--calibrate", flags.calibrate,
               "Measure how long the instrument takes to sound, by velocity, and keep it");
  auto* record = app.add_option("--record", flags.record,
                                "MIDI file of the session; default: one of the last ten in the "
                                "user's data folder")
                     ->type_name("FILE");
  app.add_flag("--no-view", flags.without_view, "Do not show the piano roll");
  app.add_flag("--no-record", flags.no_record, "Do not record")->excludes(record);
  add_number(app, "--seconds", flags.seconds, "End after this time; 0: at Ctrl-C");
  app.add_option("--seed", flags.seed, "Random seed of the answers; default: random")
      ->type_name("N")
      ->check(check_field<std::uint64_t>);
  add_choice(app, "--precision", flags.precision,
             "Precision of weights and KV cache; auto: int8, or f32 without SIMD");
  add_threads(app, flags.threads);
  app.add_option("--controls", flags.keyboard_controls,
                 "Controllers of the keyboard for " + enum_choices<live::Wish>() +
                     ": density=20,loudness=21, with a range temperature=22:0.8:1.2, or a TOML "
                     "file of such lines")
      ->type_name("MAP")
      ->group("Controls");
  add_field_flags<infer::PlaySampling>(app, "Sampling", flags.sampler);
  add_field_flags<infer::SoftControlOptions>(app, "Controls", flags.controls);
  // It needs --key, which this command does not have.
  app.remove_option(app.get_option("--key-strength"));
  add_field_flags<infer::MusicLimits>(app, "Limits", flags.limits);
}

}  // namespace pno::cli
