#include "cli/generate_flags.h"

#include <random>

#include "cli/field_flags.h"
#include "cli/midi_input.h"
#include "cli/shared_flags.h"
#include "infer/beam_search.h"
#include "infer/music/play_sampling.h"

namespace pno::cli {
namespace {

constexpr int kMostPieces = 10000;

// A random seed, short enough to type.
std::uint64_t random_seed() {
  return std::random_device{}();
}

bool is_given(const TextFields& given, const std::string& field) {
  const auto found = given.find(field);
  return found != given.end() && !found->second.empty();
}

// Returns a usage error if a flag would have no effect.
Expected<void> check_idle_flags(const GenerateFlags& flags) {
  for (const auto& [field, text] : flags.limits) {
    if (flags.unconstrained && !text.empty()) {
      return fail_usage("{} has no effect with --unconstrained; omit one of them",
                        flag_name(field));
    }
  }
  for (const auto& [field, text] : flags.sampler) {
    if (flags.beam > 0 && !text.empty()) {
      return fail_usage("--beam does not sample; omit {}", flag_name(field));
    }
  }
  if (flags.beam > 0 && flags.ask.is_any_given()) {
    return fail_usage("--beam does not ask for controls; omit it, or omit them");
  }
  if (flags.beam > 0 && (flags.seed || flags.count > 1)) {
    return fail_usage("--beam has one result; omit --seed and --count");
  }
  if (flags.play && (flags.beam > 0 || flags.count > 1)) {
    return fail_usage("--play plays one piece while it is drawn; omit {}",
                      flags.beam > 0 ? "--beam" : "--count");
  }
  if (is_given(flags.controls, "key_strength") && !flags.key) {
    return fail_usage("--key-strength needs --key");
  }
  if (is_given(flags.controls, "repetition_window") &&
      !is_given(flags.controls, "repetition_penalty")) {
    return fail_usage("--repetition-window needs --repetition-penalty");
  }
  return {};
}

void add_limits(CLI::App& app, GenerateFlags& flags) {
  const auto positive = [](const std::string& text) {
    return text.find_first_of("123456789") == std::string::npos
               ? fmt::format("'{}' is not more than 0", text)
               : std::string();
  };
  auto* seconds =
      add_number(app, "--seconds", flags.seconds, "Seconds of new music")->check(positive);
  add_number(app, "--tokens", flags.tokens, "Number of new events, instead of --seconds")
      ->check(positive)
      ->excludes(seconds)
      ->default_str("");
  app.add_flag("--until-end", flags.until_end,
               "Stop when the model ends the piece; --seconds or --tokens is then the most");
}

void add_prime_flags(CLI::App& app, GenerateFlags& flags) {
  auto& prime = flags.prime;
  auto* file =
      app.add_option("--prime", prime.file,
                     "MIDI file to continue, - is stdin; the output begins with its events")
          ->type_name("FILE")
          ->check([](const std::string& name) {
            return name.empty() ? "needs the name of a file" : "";
          });
  add_number(app, "--prime-seconds", prime.seconds, "Seconds of it, from its first note; 0: all")
      ->needs(file);
  add_number(app, "--prime-from", prime.from_s, "Second of it to begin at")->needs(file);
  add_programs(app, prime.programs)->needs(file);
  app.add_flag("--without-prime", flags.without_prime,
               "Write only the new music, and say where it begins")
      ->needs(file);
}

void add_control_flags(CLI::App& app, GenerateFlags& flags) {
  const std::string group = "Controls";
  app.add_option_function<std::string>(
         "--mood", [&flags](const std::string& text) { (void)parse_field(text, flags.mood); },
         "Flags under a name, which others override; " + mood_help())
      ->type_name("NAME")
      ->check(check_field<Mood>)
      ->group(group);
  app.add_option_function<std::string>(
         "--key", [&flags](const std::string& text) { flags.key = *infer::parse_key(text); },
         "Key to prefer, such as C, F#, Bb, Am or C#m")
      ->type_name("KEY")
      ->check([](const std::string& text) {
        const auto key = infer::parse_key(text);
        return key ? std::string() : key.error().message;
      })
      ->group(group);
  add_field_flags<infer::SoftControlOptions>(app, group, flags.controls);
  add_ask_flags(app, flags.ask, AskedControls::without_key_and_density);
}

void add_result_flags(CLI::App& app, GenerateFlags& flags) {
  const std::string group = "Output";
  app.add_option("--transpose", flags.arrange.transpose,
                 "Semitones up, or down if negative; omits notes outside 0 to 127")
      ->type_name("N")
      ->default_str("0")
      ->check(check_field<int>)
      ->group(group);
  add_number(app, "--tempo-scale", flags.arrange.tempo_scale,
             "Factor of the tempo; --seconds is the length of the result")
      ->group(group);
  app.add_flag(
         "--pedal", flags.pedal,
         "Write notes that end together as short keys under a pedal (CC64); they sound the same")
      ->group(group);
}

void add_playing_flags(CLI::App& app, GenerateFlags& flags) {
  auto* play = app.add_flag("--play", flags.play, "Play the new music while it is drawn");
  app.add_flag("--no-view", flags.without_view, "With --play: do not show the piano roll")
      ->needs(play);
  const auto before = app.get_options().size();
  add_port_flags(app, flags.instrument, "--port");
  add_sound_flags(app, flags.instrument);
  const auto options = app.get_options();
  for (auto i = before; i < options.size(); ++i) options[i]->needs(play);
}

}  // namespace

void add_generate_flags(CLI::App& app, GenerateFlags& flags) {
  app.add_option("MODEL", flags.model, "Model file; default: the one installed with pno")
      ->type_name("");
  add_output(app, flags.output, "MIDI file to write; - is stdout");
  app.add_flag("--overwrite", flags.overwrite,
               "Replace a MIDI file that pno did not generate, too");
  add_prime_flags(app, flags);
  add_limits(app, flags);
  app.add_option("--seed", flags.seed, "Same seed, same music; default: random, and printed")
      ->type_name("N")
      ->check(check_field<std::uint64_t>);
  add_number(
      app, "--beam", flags.beam,
      "Search for the likeliest music with a beam of this width, instead of drawing; 0: draw")
      ->check(CLI::Range(0, infer::kMaxBeamWidth).description(""));
  add_number(app, "--count", flags.count, "Pieces, written as OUT-1.mid, OUT-2.mid, …")
      ->check(CLI::Range(1, kMostPieces).description(""));
  add_choice(app, "--precision", flags.precision,
             "Precision of weights and KV cache; auto: int8, or f32 without SIMD");
  add_threads(app, flags.threads);
  add_field_flags<infer::PlaySampling>(app, "Sampling", flags.sampler);
  add_control_flags(app, flags);
  const std::string limits = "Limits";
  app.add_flag("--unconstrained", flags.unconstrained,
               "Sample from the raw model: allow invalid events, too")
      ->group(limits);
  add_field_flags<infer::MusicLimits>(app, limits, flags.limits);
  add_result_flags(app, flags);
  add_playing_flags(app, flags);
}

void use_mood(GenerateFlags& flags) {
  if (flags.beam == 0) apply_mood(flags.mood, flags.sampler);
  apply_mood(flags.mood, flags.controls);
}

Expected<infer::GenerateOptions> generate_options(const GenerateFlags& flags) {
  PNO_TRY_VOID(check_idle_flags(flags));
  PNO_TRY_VOID(flags.arrange.validate());
  infer::GenerateOptions options;
  options.seed = flags.seed ? *flags.seed : flags.beam > 0 ? 0 : random_seed();
  options.tokens = flags.tokens;
  options.seconds = flags.tokens > 0 ? 0 : flags.seconds * flags.arrange.tempo_scale;
  auto& draw = options.draw;
  draw.until_end = flags.until_end;
  draw.unconstrained = flags.unconstrained;
  draw.controls.key = flags.key;
  draw.sampler = infer::PlaySampling();
  PNO_TRY_VOID(apply_fields(flags.sampler, draw.sampler));
  PNO_TRY_VOID(apply_fields(flags.limits, draw.limits));
  PNO_TRY_VOID(apply_fields(flags.controls, draw.controls));
  PNO_TRY_VOID(draw.validate());
  return options;
}

Expected<void> ask_model(const GenerateFlags& flags, const infer::Engine& engine,
                         infer::GenerateOptions& options) {
  const bool has_roles = engine.vocabulary().has_roles;
  if (!has_roles && !flags.ask.is_any_given()) return {};
  auto ask = flags.ask;
  if (flags.key) ask.wishes["key"] = infer::key_name(*flags.key);
  if (is_given(flags.controls, "density")) ask.wishes["density"] = flags.controls.at("density");
  PNO_TRY(auto asked, asked_of(ask, engine, flags.model));
  options.wishes = std::move(asked.wishes);
  options.changes = std::move(asked.changes);
  options.guidance = asked.guidance;
  if (ask.strict || flags.beam > 0) return {};
  options.draw.controls.key.reset();
  options.draw.controls.density = 0;
  return {};
}

std::string described(const GenerateFlags& flags, const infer::GenerateOptions& options) {
  TextFields fields;
  if (flags.beam == 0) put_fields(options.draw.sampler, "", fields);
  std::string text;
  const auto add = [&text](const std::string& name, const std::string& value) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
  };
  for (const auto& [name, value] : fields) add(name, value);
  if (flags.beam > 0) add("beam", field_text(flags.beam));
  if (flags.key) add("key", infer::key_name(*flags.key));
  for (const auto* given : {&flags.controls, &flags.ask.wishes, &flags.limits}) {
    for (const auto& [name, value] : *given) {
      if (!value.empty()) add(name, value);
    }
  }
  if (flags.unconstrained) text += ", unconstrained";
  if (flags.arrange.transpose != 0) add("transpose", field_text(flags.arrange.transpose));
  if (flags.arrange.tempo_scale != 1) add("tempo_scale", field_text(flags.arrange.tempo_scale));
  return text;
}

}  // namespace pno::cli
