// pno play: plays a MIDI file, a piece of a dataset, or what a model draws, through FluidSynth or
// to a MIDI port.

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <random>

#include "base/content_kind.h"
#include "base/file.h"
#include "base/standard_streams.h"
#include "cli/commands/commands.h"
#include "cli/dataset_piece.h"
#include "cli/default_model.h"
#include "cli/field_flags.h"
#include "cli/instrument.h"
#include "cli/midi_input.h"
#include "cli/playing.h"
#include "cli/shared_flags.h"
#include "corpus/matching/seen_music.h"
#include "infer/engine.h"
#include "infer/generate.h"
#include "infer/music/play_sampling.h"

namespace pno::cli {
namespace {

constexpr const char* kModelGroup = "Of a model";
constexpr std::array kModelGroups = {kModelGroup, "Sampling", "Controls", "Limits"};
// Music that is drawn before it sounds: a person does not wait for it, and it costs no time if they
// do not listen to its end.
constexpr double kAhead_s = 15;
constexpr double kWithoutEnd_s = 1e7;

struct PlayFlags {
  std::string input;  // empty: the model that is installed with pno
  std::string piece;
  InstrumentFlags instrument;
  double tempo = 1, from_s = 0, seconds = 0, tail_s = 2;
  bool without_view = false;
  std::optional<std::uint64_t> seed;
  infer::Precision precision = infer::Precision::automatic;
  int threads = 0;
  TextFields sampler, controls, limits;
  const CLI::App* app = nullptr;  // of the command
};

PlayingOptions playing_options(const PlayFlags& flags, const std::string& title) {
  return {.title = title,
          .tempo = flags.tempo,
          .from_s = flags.from_s,
          .seconds = flags.seconds,
          .tail_s = flags.tail_s,
          .with_view = !flags.without_view};
}

Expected<std::unique_ptr<Instrument>> open_output(const PlayFlags& flags) {
  PNO_TRY(auto instrument, open_instrument(flags.instrument, Instrument::Out::port_or_sound, {}));
  fmt::print(stderr, "pno {}\n", instrument->description());
  return instrument;
}

Answer answer_of(const PlayingResult& result, const Instrument& instrument) {
  Answer answer{figures_line(result, instrument),
                {{"music_seconds", result.music_seconds}, {"whole", result.is_whole}}};
  add_figures(result, instrument, answer.json);
  return answer;
}

// Unknown for what is not a file, which is read as MIDI and has its error there.
ContentKind kind_of(const std::string& path) {
  if (names_stdin(path)) return ContentKind::midi;
  const auto file = MappedFile::open(path);
  return file ? content_kind(file->bytes()) : ContentKind::unknown;
}

// Returns a usage error if a flag was given that only a model has.
Expected<void> check_model_flags(const PlayFlags& flags) {
  for (const CLI::Option* option : flags.app->get_options()) {
    const auto& group = option->get_group();
    const bool is_of_a_model =
        std::find(kModelGroups.begin(), kModelGroups.end(), group) != kModelGroups.end();
    if (is_of_a_model && option->count() > 0) {
      return fail_usage("{} is for a model, and {} is not one; omit it", option->get_name(),
                        flags.input);
    }
  }
  return {};
}

Expected<Answer> play_music(const PlayFlags& flags, const midi::Performance& performance,
                            const std::string& title) {
  PNO_TRY_VOID(check_model_flags(flags));
  PNO_TRY(const auto instrument, open_output(flags));
  const auto result = play_performance(performance, *instrument, playing_options(flags, title));
  return answer_of(result, *instrument);
}

Expected<Answer> play_piece(const PlayFlags& flags) {
  PNO_TRY(const auto dataset, corpus::Dataset::open(flags.input));
  PNO_TRY(const auto piece, find_piece(dataset, flags.piece));
  const auto title = fmt::format("{} {}", piece + 1, corpus::piece_name(dataset.info(piece)));
  PNO_TRY(auto answer, play_music(flags, piece_performance(dataset, piece), title));
  answer.json["piece"] = piece + 1;
  answer.json["title"] = corpus::piece_name(dataset.info(piece));
  return answer;
}

Expected<infer::GenerateOptions> drawing_options(const PlayFlags& flags) {
  infer::GenerateOptions options;
  options.seconds = flags.seconds > 0 ? flags.seconds : kWithoutEnd_s;
  options.seed = flags.seed ? *flags.seed : std::random_device{}();
  auto& draw = options.draw;
  draw.sampler = infer::PlaySampling();
  PNO_TRY_VOID(apply_fields(flags.sampler, draw.sampler));
  PNO_TRY_VOID(apply_fields(flags.controls, draw.controls));
  PNO_TRY_VOID(apply_fields(flags.limits, draw.limits));
  PNO_TRY_VOID(draw.validate());
  return options;
}

Expected<Answer> play_model(const PlayFlags& flags, const std::string& model) {
  if (flags.from_s > 0) {
    return fail_usage("--from is for music that is there, and {} is a model; omit it", model);
  }
  PNO_TRY(auto options, drawing_options(flags));
  PNO_TRY(const auto engine,
          infer::Engine::open(model, {.threads = flags.threads, .precision = flags.precision}));
  PNO_TRY(const auto instrument, open_output(flags));
  const auto title =
      fmt::format("{}, seed {}", std::filesystem::path(model).filename().string(), options.seed);
  PNO_TRY(const auto result,
          play_drawn(*instrument, playing_options(flags, title),
                     [&](live::Performer& performer) -> Expected<void> {
                       DrawnMusic music(performer, engine->vocabulary(), {.ahead_s = kAhead_s});
                       options.listener = [&](events::Token token) { return music.hear(token); };
                       PNO_TRY(const auto drawn, infer::generate(engine, options, {}));
                       music.finish(drawn.tokens);
                       return {};
                     }));
  auto answer = answer_of(result, *instrument);
  answer.text += fmt::format("{}\n", title);
  answer.json["seed"] = options.seed;
  return answer;
}

Expected<Answer> play(const PlayFlags& flags) {
  PNO_TRY(const auto lists, instrument_lists(flags.instrument));
  if (!lists.empty()) return Answer{lists, {}};
  const auto kind = flags.input.empty() ? ContentKind::model : kind_of(flags.input);
  if (!flags.piece.empty() && kind != ContentKind::dataset) {
    return fail_usage("--piece is for a dataset, and {} is not one; omit it",
                      flags.input.empty() ? "the model" : flags.input);
  }
  if (kind == ContentKind::dataset) return play_piece(flags);
  if (kind == ContentKind::model) {
    auto model = flags.input;
    if (model.empty()) {
      PNO_TRY(model, default_model());
    }
    return play_model(flags, model);
  }
  PNO_TRY(const auto smf, read_music(flags.input, {.programs = midi::Programs::all}));
  return play_music(flags, smf.performance, flags.input);
}

void add_model_flags(CLI::App& app, PlayFlags& flags) {
  app.add_option("--seed", flags.seed, "Same seed, same music; default: random, and printed")
      ->type_name("N")
      ->check(check_field<std::uint64_t>)
      ->group(kModelGroup);
  add_choice(app, "--precision", flags.precision,
             "Precision of weights and KV cache; auto: int8, or f32 without SIMD")
      ->group(kModelGroup);
  add_number(app, "--threads", flags.threads, "Threads; 0: one per core")->group(kModelGroup);
  add_field_flags<infer::PlaySampling>(app, "Sampling", flags.sampler);
  add_field_flags<infer::SoftControlOptions>(app, "Controls", flags.controls);
  // It needs --key, which this command does not have.
  app.remove_option(app.get_option("--key-strength"));
  add_field_flags<infer::MusicLimits>(app, "Limits", flags.limits);
}

}  // namespace

void add_play(Program& program) {
  auto flags = std::make_shared<PlayFlags>();
  CLI::App& app =
      program.add({.name = "play",
                   .summary = "Play a MIDI file, a piece of a dataset, or what a model draws",
                   .example = "  pno play music.mid\n"
                              "  pno play\n"
                              "  pno play a.mid --port Disklavier\n"
                              "  pno play run/model.safetensors --density 6\n"
                              "  pno play maestro.notes --piece \"Moment musical\"",
                   .run = [flags] { return play(*flags); }});
  flags->app = &app;
  app.add_option("FILE", flags->input,
                 "MIDI file, - for stdin, dataset or model; default: the model installed with pno")
      ->type_name("");
  app.add_option("--piece", flags->piece,
                 "Piece of a dataset: its number, or a part of its title, composer or file")
      ->type_name("PIECE");
  add_number(app, "--tempo", flags->tempo, "Factor of the tempo")
      ->check(CLI::Range(0.25, 4.0).description(""));
  add_number(app, "--from", flags->from_s, "Second to begin at");
  add_number(app, "--seconds", flags->seconds, "Seconds of music; 0: all of it");
  add_number(app, "--tail-seconds", flags->tail_s, "Seconds of sound after the last note");
  app.add_flag("--no-view", flags->without_view, "Do not show the piano roll");
  add_port_flags(app, flags->instrument, "--port");
  add_sound_flags(app, flags->instrument);
  add_model_flags(app, *flags);
}

}  // namespace pno::cli
