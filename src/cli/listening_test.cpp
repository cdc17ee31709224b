#include "cli/listening_test.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/digest.h"
#include "base/file.h"
#include "base/progress.h"
#include "cli/midi_input.h"
#include "cli/output_path.h"
#include "corpus/sources/file_kind.h"
#include "eval/bradley_terry.h"
#include "eval/excerpt.h"
#include "eval/listening_pairs.h"
#include "report/listening_page.h"
#include "report/roll_svg.h"

#ifdef PNO_HAS_SOUND
#include "sound/render.h"
#endif

namespace pno::cli {
namespace {

namespace fs = std::filesystem;
using eval::ListeningPair;
using eval::ListeningSide;
using eval::ListeningSystem;

struct ListeningSetup {
  std::vector<ListeningSystem> systems;
  std::vector<ListeningPair> pairs;
  std::string digest;  // of everything that the pairs depend on
};

Expected<std::vector<fs::path>> sorted_entries(const fs::path& folder) {
  std::error_code failed;
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    entries.push_back(entry->path());
  }
  if (failed) return fail("{}: cannot be read as a folder: {}", folder.string(), failed.message());
  std::ranges::sort(entries);
  return entries;
}

Expected<std::vector<ListeningSystem>> find_systems(const fs::path& folder) {
  std::vector<ListeningSystem> systems;
  PNO_TRY(const auto folders, sorted_entries(folder));
  for (const auto& path : folders) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) continue;
    ListeningSystem system{.name = path.filename().string(), .pieces = {}};
    PNO_TRY(const auto files, sorted_entries(path));
    for (const auto& file : files) {
      if (corpus::file_kind(file.string()) == corpus::FileKind::midi) {
        system.pieces.push_back(file.filename().string());
      }
    }
    if (!system.pieces.empty()) systems.push_back(std::move(system));
  }
  if (systems.size() >= 2) return systems;
  return fail(
      "{}: has {} folders with MIDI files, where two or more are needed, one for each system",
      folder.string(), systems.size());
}

Expected<ListeningSetup> set_up(const ListeningFlags& flags) {
  ListeningSetup setup;
  PNO_TRY(setup.systems, find_systems(flags.folder));
  setup.pairs = eval::draw_listening_pairs(setup.systems, flags.pairs, flags.seed);
  Digest digest;
  digest.add(fmt::format("{} {} {}", flags.pairs, flags.seed, flags.seconds));
  for (const auto& system : setup.systems) {
    digest.add(fmt::format("\n{}/", system.name));
    for (const auto& piece : system.pieces) {
      PNO_TRY(const auto bytes, read_text(flags.folder / system.name / piece));
      digest.add(fmt::format("\n{} {}\n", piece, bytes.size()));
      digest.add(bytes);
    }
  }
  setup.digest = digest.text();
  return setup;
}

Expected<std::string> flac_of([[maybe_unused]] const eval::Excerpt& excerpt,
                              [[maybe_unused]] const fs::path& beside) {
#ifdef PNO_HAS_SOUND
  constexpr int kSampleRate = 22050;  // half that of a CD is enough for a piano on a page
  midi::Performance performance;
  for (const auto& note : excerpt.notes) {
    performance.notes.push_back({.start_us = note.start_us,
                                 .length_us = note.length_us,
                                 .key_length_us = note.length_us,
                                 .pitch = note.pitch,
                                 .velocity = note.velocity});
  }
  auto path = beside;
  path += ".part.flac";
  auto bytes = sound::render(performance, path, {.sample_rate = kSampleRate, .tail_seconds = 1}, {})
                   .and_then([&](const auto&) { return read_text(path); });
  std::error_code ignored;
  fs::remove(path, ignored);
  return bytes;
#else
  return fail("a listening test needs sound, and this pno was built without; use -DPNO_SOUND=ON");
#endif
}

Expected<report::ListeningSound> sound_of(const ListeningFlags& flags, const ListeningSetup& setup,
                                          const ListeningSide& side) {
  const auto& system = setup.systems[side.system];
  PNO_TRY(const auto smf, read_music(flags.folder / system.name / system.pieces[side.piece]));
  const auto excerpt =
      eval::excerpt_of(events::plain_notes(smf.performance), 0, std::llround(flags.seconds * 1e6));
  report::ListeningSound sound;
  sound.roll_svg =
      report::roll_svg(excerpt.notes, {.shown = {0, excerpt.seconds()}, .label = "Piano roll"});
  PNO_TRY(sound.flac, flac_of(excerpt, flags.output));
  return sound;
}

// Answers by listener: a file may have several objects of one page each, as a list.
struct AnswerSheet {
  std::string name;
  Json json;
};

Expected<std::vector<AnswerSheet>> read_sheets(const std::vector<fs::path>& files) {
  std::vector<AnswerSheet> sheets;
  for (const auto& file : files) {
    PNO_TRY(const auto text, read_text(file));
    auto json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    const bool is_list = json.is_array();
    if (json.is_discarded() || (!is_list && !json.is_object())) {
      return fail("{}: is not the JSON that the page of a listening test gives; copy all of it",
                  file.string());
    }
    if (!is_list) json = Json::array({std::move(json)});
    for (auto& sheet : json) sheets.push_back({.name = file.string(), .json = std::move(sheet)});
  }
  return sheets;
}

// The share of the first side: 1, 0 or a half.
std::optional<double> first_share(const Json& answer) {
  static const std::map<std::string, double> kShares = {
      {"first", 1}, {"second", 0}, {"equal", 0.5}};
  if (!answer.is_string()) return std::nullopt;
  const auto found = kShares.find(answer.get<std::string>());
  return found == kShares.end() ? std::nullopt : std::optional(found->second);
}

Expected<void> add_answers(const AnswerSheet& sheet, const ListeningSetup& setup,
                           std::size_t listener, std::vector<eval::Preference>& into) {
  const auto text_of = [&](const char* key) {
    return sheet.json.is_object() && sheet.json.contains(key) && sheet.json[key].is_string()
               ? sheet.json[key].get<std::string>()
               : std::string();
  };
  if (text_of("test") != setup.digest) {
    return fail(
        "{}: has answers to test '{}', but folder, --pairs, --seed and --seconds make test '{}'; "
        "use those that the page was made with",
        sheet.name, text_of("test"), setup.digest);
  }
  const auto answers = sheet.json.find("answers");
  if (answers == sheet.json.end() || !answers->is_array()) {
    return fail("{}: has no list of answers; copy all of the text of the page", sheet.name);
  }
  std::vector<bool> answered(setup.pairs.size());
  for (const auto& answer : *answers) {
    const bool is_object = answer.is_object() && answer.contains("pair") &&
                           answer["pair"].is_number_unsigned() && answer.contains("answer");
    const auto share = is_object ? first_share(answer["answer"]) : std::nullopt;
    const auto number = share ? answer["pair"].get<std::size_t>() : 0;
    if (number < 1 || number > setup.pairs.size()) {
      return fail(
          "{}: answer {} is not a pair from 1 to {} with \"first\", \"second\" or \"equal\"",
          sheet.name, answer.dump(), setup.pairs.size());
    }
    if (answered[number - 1]) return fail("{}: answers pair {} twice", sheet.name, number);
    answered[number - 1] = true;
    const auto& pair = setup.pairs[number - 1];
    into.push_back(
        {.listener = listener, .a = pair.first.system, .b = pair.second.system, .share_a = *share});
  }
  return {};
}

}  // namespace

Expected<Answer> write_listening_test(const ListeningFlags& flags) {
  PNO_TRY(const auto setup, set_up(flags));
  PNO_TRY_VOID(check_output(flags.output, FileKind::text, {}));
  PNO_TRY(auto file, ReplacingFile::create(flags.output));
  report::ListeningPage page{.test = setup.digest, .pairs = {}};
  ProgressLine line("listening test", "pairs");
  std::map<std::pair<std::size_t, std::size_t>, report::ListeningSound> rendered;
  for (const auto& pair : setup.pairs) {
    auto& sounds = page.pairs.emplace_back();
    for (std::size_t i = 0; i < sounds.size(); ++i) {
      const auto& side = i == 0 ? pair.first : pair.second;
      const auto key = std::pair(side.system, side.piece);
      if (rendered.count(key) == 0) {
        PNO_TRY(rendered[key], sound_of(flags, setup, side));
      }
      sounds[i] = rendered[key];
    }
    line.update(std::ssize(page.pairs), std::ssize(setup.pairs));
  }
  const auto html = report::listening_page(page);
  PNO_TRY_VOID(file.write(html));
  PNO_TRY_VOID(file.commit());
  Json names = Json::array();
  for (const auto& system : setup.systems) names.push_back(system.name);
  return Answer{
      fmt::format("{}: {:.1f} MB, {} pairs of {} systems\n", flags.output.string(),
                  static_cast<double>(html.size()) / 1e6, setup.pairs.size(), setup.systems.size()),
      {{"output", flags.output.string()},
       {"test", setup.digest},
       {"systems", std::move(names)},
       {"pairs", setup.pairs.size()},
       {"bytes", html.size()}}};
}

Expected<Answer> read_listening_test(const ListeningFlags& flags) {
  PNO_TRY(const auto setup, set_up(flags));
  PNO_TRY(const auto sheets, read_sheets(flags.answers));
  std::vector<eval::Preference> preferences;
  for (std::size_t listener = 0; listener < sheets.size(); ++listener) {
    PNO_TRY_VOID(add_answers(sheets[listener], setup, listener, preferences));
  }
  if (preferences.empty()) {
    return fail("{}: has no answers; listen to the pairs of the page first",
                flags.answers.front().string());
  }
  const auto strengths = eval::fit_bradley_terry(
      setup.systems.size(), preferences, {.resamples = flags.resamples, .seed = flags.seed});
  Json systems = Json::array();
  std::string text =
      fmt::format("{} answers of {} listeners\n{:<24}  {:>8}  {:>11}  {}\n", preferences.size(),
                  sheets.size(), "system", "preferred", "comparisons", "log strength (95 %)");
  for (std::size_t i = 0; i < strengths.size(); ++i) {
    const auto& [strength, preferred, comparisons] = strengths[i];
    text += fmt::format("{:<24}  {:>8.1f}  {:>11}  {:+.2f} ({:+.2f} to {:+.2f})\n",
                        setup.systems[i].name, preferred, comparisons, strength.value, strength.low,
                        strength.high);
    systems.push_back({{"name", setup.systems[i].name},
                       {"preferred", preferred},
                       {"comparisons", comparisons},
                       {"log_strength", strength.value},
                       {"low", strength.low},
                       {"high", strength.high}});
  }
  return Answer{std::move(text),
                {{"test", setup.digest},
                 {"listeners", sheets.size()},
                 {"answers", preferences.size()},
                 {"seed", flags.seed},
                 {"resamples", flags.resamples},
                 {"systems", std::move(systems)}}};
}

}  // namespace pno::cli
