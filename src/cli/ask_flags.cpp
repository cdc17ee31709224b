#include "cli/ask_flags.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cli/field_flags.h"
#include "cli/shared_flags.h"
#include "corpus/examples/composer_names.h"
#include "infer/guided_session.h"
#include "infer/music/key.h"

namespace pno::cli {
namespace {

// The help of each control, in the order of infer::control_names().
constexpr std::array<std::string_view, infer::Wishes::kControls> kHelp = {
    "Composer to play like: one that 'pno info MODEL' lists, or other",
    "Kind of recording: Disklavier (the default), roll, transcribed, sequenced",
    "Key to ask for, such as C, F#, Bb, Am or C#m",
    "Notes a second to ask for",
    "Mean MIDI velocity to ask for, 1 to 127",
    "Mean number of sounding notes to ask for"};

constexpr std::string_view kFormOfChange = "20s:density=12";

// The name that the model has for a composer in any spelling; the text itself if none fits.
std::string known_composer(const std::string& text, const std::vector<std::string>& names) {
  const int value = corpus::ComposerTable(names).value(text);
  return value > 0 ? names.at(static_cast<std::size_t>(value)) : text;
}

void name_composers(const std::vector<std::string>& names, std::string& value,
                    std::string_view control) {
  if (control == "composer") value = known_composer(value, names);
}

}  // namespace

void add_ask_flags(CLI::App& app, AskFlags& flags, AskedControls controls) {
  const std::string group = "Controls of models with roles";
  const auto names = infer::control_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_own = names[i] == "key" || names[i] == "density";
    if (is_own && controls == AskedControls::without_key_and_density) continue;
    const std::string name(names[i]);
    app.add_option_function<std::string>(
           flag_name(name), [&flags, name](const std::string& text) { flags.wishes[name] = text; },
           std::string(kHelp.at(i)))
        ->type_name(i < 3 ? "NAME" : "NUMBER")
        ->check([](const std::string& text) { return text.empty() ? "needs a value" : ""; })
        ->group(group);
  }
  app.add_option("--at", flags.at,
                 fmt::format("Change a control in the course of the music: {}", kFormOfChange))
      ->type_name("TIME:NAME=VALUE")
      ->allow_extra_args(false)
      ->check([](const std::string& text) {
        const auto change = parse_change(text);
        return change ? std::string() : change.error().message;
      })
      ->group(group);
  app.add_flag("--strict", flags.strict,
               "Steer key and density with biases, too, not by the model's own choice alone")
      ->group(group);
  app.add_option("--guidance", flags.guidance,
                 "How strongly the controls count: 1 as learned (the default), more exaggerates; "
                 "takes twice the time")
      ->type_name("NUMBER")
      ->check(CLI::Range(0.0, infer::kMostGuidance).description(""))
      ->group(group);
}

Expected<std::vector<infer::WishChange>> parse_change(const std::string& text) {
  const auto wrong = [&] {
    return fail_usage("'{}' is not a change such as {}", text, kFormOfChange);
  };
  const auto colon = text.find(':');
  if (colon == std::string::npos || colon == 0) return wrong();
  auto time = text.substr(0, colon);
  if (time.back() == 's') time.pop_back();
  double at_s = 0;
  if (!parse_field(time, at_s) || !(at_s >= 0 && at_s < 1e7)) return wrong();
  std::vector<infer::WishChange> changes;
  for (auto begin = colon + 1; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto part = text.substr(begin, end - begin);
    const auto equals = part.find('=');
    if (equals == std::string::npos) return wrong();
    changes.push_back({at_s, part.substr(0, equals), part.substr(equals + 1)});
    PNO_TRY([[maybe_unused]] const auto control, infer::control_index(changes.back().name));
    begin = end + 1;
  }
  return changes;
}

Expected<Asked> asked_of(const AskFlags& flags, const infer::Engine& engine,
                         const std::string& model) {
  const auto& vocabulary = engine.stored_vocabulary();
  if (!vocabulary.ids.has_roles) {
    return fail(
        "{}: the model was trained without roles and controls; --composer, --kind, --loudness, "
        "--polyphony, --at, --strict and --guidance need one that has them ('pno info' says so)",
        model);
  }
  Asked asked{.wishes = infer::Wishes(vocabulary), .guidance = flags.guidance.value_or(1)};
  for (auto [name, value] : flags.wishes) {
    name_composers(vocabulary.composers, value, name);
    PNO_TRY_VOID(asked.wishes.set(name, value));
  }
  for (const auto& text : flags.at) {
    PNO_TRY(auto changes, parse_change(text));
    for (auto& change : changes) {
      name_composers(vocabulary.composers, change.value, change.name);
      auto trial = asked.wishes;  // before anything is played
      PNO_TRY_VOID(trial.set(change.name, change.value));
      asked.changes.push_back(std::move(change));
    }
  }
  std::ranges::stable_sort(asked.changes, {}, &infer::WishChange::at_s);
  return asked;
}

Expected<infer::SoftControlOptions> strict_controls(const AskFlags& flags) {
  infer::SoftControlOptions controls;
  if (!flags.strict) return controls;
  if (const auto key = flags.wishes.find("key"); key != flags.wishes.end()) {
    PNO_TRY(controls.key, infer::parse_key(key->second));
  }
  if (const auto density = flags.wishes.find("density"); density != flags.wishes.end()) {
    PNO_TRY_VOID(parse_field(density->second, controls.density));
  }
  return controls;
}

}  // namespace pno::cli
