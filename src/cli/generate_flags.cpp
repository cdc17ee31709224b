#include "cli/generate_flags.h"

#include <random>

#include "cli/field_flags.h"
#include "cli/midi_input.h"
#include "cli/shared_flags.h"
#include "infer/beam_search.h"

namespace pno::cli {
namespace {

constexpr int kMostPieces = 10000;

// A seed that is short enough to type again.
std::uint64_t any_seed() {
  return std::random_device{}();
}

bool is_given(const TextFields& given, const std::string& field) {
  const auto found = given.find(field);
  return found != given.end() && !found->second.empty();
}

// A flag that would be read and do nothing is a mistake of the caller.
Expected<void> check_idle_flags(const GenerateFlags& flags) {
  for (const auto& [field, text] : flags.limits) {
    if (flags.unconstrained && !text.empty()) {
      return fail_usage("{} limits nothing with --unconstrained; leave one out", flag_name(field));
    }
  }
  for (const auto& [field, text] : flags.sampler) {
    if (flags.beam > 0 && !text.empty()) {
      return fail_usage("with --beam nothing is drawn; leave out {}", flag_name(field));
    }
  }
  if (flags.beam > 0 && (flags.seed || flags.count > 1)) {
    return fail_usage("with --beam there is one result; leave out --seed and --count");
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
  add_number(app, "--tokens", flags.tokens, "Stop after so many events instead")
      ->check(positive)
      ->excludes(seconds)
      ->default_str("");
  app.add_flag("--until-end", flags.until_end,
               "Stop where the model ends the piece; the limit is the longest then");
}

void add_prime_flags(CLI::App& app, GenerateFlags& flags) {
  auto& prime = flags.prime;
  auto* file =
      app.add_option("--prime", prime.file, "MIDI file to continue; the output opens with it")
          ->type_name("FILE")
          ->check([](const std::string& name) {
            return name.empty() ? "needs the name of a file" : "";
          });
  add_number(app, "--prime-seconds", prime.seconds, "Seconds of it, from its first note; 0: all")
      ->needs(file);
  add_number(app, "--prime-from", prime.from_s, "Second of it to begin at")->needs(file);
  add_programs(app, prime.programs)->needs(file);
  app.add_flag("--without-prime", flags.without_prime, "Write the new music alone")->needs(file);
}

void add_control_flags(CLI::App& app, GenerateFlags& flags) {
  const std::string group = "What the music should be like";
  app.add_option_function<std::string>(
         "--key", [&flags](const std::string& text) { flags.key = *infer::parse_key(text); },
         "Key to prefer, like C, F#, Bb, Am or C#m")
      ->type_name("KEY")
      ->check([](const std::string& text) {
        const auto key = infer::parse_key(text);
        return key ? std::string() : key.error().message;
      })
      ->group(group);
  add_field_flags<infer::SoftControlOptions>(app, group, flags.controls);
}

void add_result_flags(CLI::App& app, GenerateFlags& flags) {
  const std::string group = "The result";
  app.add_option("--transpose", flags.arrange.transpose,
                 "Semitones up, or down where negative; notes beyond 0 to 127 are left out")
      ->type_name("N")
      ->default_str("0")
      ->check(check_field<int>)
      ->group(group);
  add_number(app, "--tempo-scale", flags.arrange.tempo_scale,
             "Play so many times as fast; --seconds is of the result")
      ->group(group);
}

}  // namespace

void add_generate_flags(CLI::App& app, GenerateFlags& flags) {
  app.add_option("MODEL", flags.model, "Model file; the one that comes with pno if not given")
      ->type_name("");
  add_output(app, flags.output, "MIDI file to write");
  add_prime_flags(app, flags);
  add_limits(app, flags);
  app.add_option("--seed", flags.seed, "Same seed, same music; one is drawn and said if not given")
      ->type_name("N")
      ->check(check_field<std::uint64_t>);
  add_number(
      app, "--beam", flags.beam,
      "Search for the likeliest music with a beam of this width, instead of drawing; 0: draw")
      ->check(CLI::Range(0, infer::kMaxBeamWidth).description(""));
  add_number(app, "--count", flags.count, "Pieces, written as OUT-1.mid, OUT-2.mid, …")
      ->check(CLI::Range(1, kMostPieces).description(""));
  add_choice(app, "--precision", flags.precision,
             "Of weights and memory; auto: int8, the fastest, or f32 without SIMD");
  add_threads(app, flags.threads);
  add_field_flags<infer::SamplerOptions>(app, "How events are drawn", flags.sampler);
  add_control_flags(app, flags);
  const std::string limits = "What the music keeps to";
  app.add_flag("--unconstrained", flags.unconstrained,
               "Show the raw model: draw also what makes no sense")
      ->group(limits);
  add_field_flags<infer::MusicLimits>(app, limits, flags.limits);
  add_result_flags(app, flags);
}

Expected<infer::GenerateOptions> generate_options(const GenerateFlags& flags) {
  PNO_TRY_VOID(check_idle_flags(flags));
  PNO_TRY_VOID(flags.arrange.validate());
  infer::GenerateOptions options;
  options.seed = flags.seed ? *flags.seed : flags.beam > 0 ? 0 : any_seed();
  options.tokens = flags.tokens;
  options.seconds = flags.tokens > 0 ? 0 : flags.seconds * flags.arrange.tempo_scale;
  auto& draw = options.draw;
  draw.until_end = flags.until_end;
  draw.unconstrained = flags.unconstrained;
  draw.controls.key = flags.key;
  PNO_TRY_VOID(apply_fields(flags.sampler, draw.sampler));
  PNO_TRY_VOID(apply_fields(flags.limits, draw.limits));
  PNO_TRY_VOID(apply_fields(flags.controls, draw.controls));
  PNO_TRY_VOID(draw.validate());
  return options;
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
  for (const auto* given : {&flags.controls, &flags.limits}) {
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
