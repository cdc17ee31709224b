// Music for the table of docs/quality.md, from the validation split of a dataset:
//
//   quality_music primes D.notes FOLDER      the first 10 s of each work, as 001.mid, 002.mid, …
//   quality_music markov D.notes FOLDER      what a Markov model of order 2, counted on the
//                                            training split, plays after each of these primes
//
//   quality_music row NAME JUDGE MUSIC EVAL  a row of the table from the JSON of `pno judge`, of
//                                            `markov` or of `pno generate` (a line for each call),
//                                            and of `pno eval`; "-" for MUSIC or EVAL: none
//   quality_music real JUDGE                 the row of real music from the JSON of any judgement
//
// At most 100 pieces of 30 s, with seed 1. `markov` prints one JSON object.

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "base/file.h"
#include "base/stopwatch.h"
#include "corpus/dataset.h"
#include "eval/excerpt.h"
#include "events/decode.h"
#include "midi/smf_writer.h"
#include "tools/markov_model.h"

namespace pno::tools {
namespace {

constexpr std::size_t kMostPieces = 100;
constexpr double kPrime_s = 10, kMusic_s = 30;
constexpr int kOrder = 2;  // the best of 0 to 4 by NLL on the validation split
constexpr std::uint64_t kSeed = 1;

// One performance of each work of the validation split, in the order of the dataset.
std::vector<std::vector<events::PlainNote>> primes_of(const corpus::Dataset& dataset) {
  std::vector<std::vector<events::PlainNote>> primes;
  std::set<std::string> works;
  for (const auto piece : dataset.split(corpus::Split::validation)) {
    const auto& info = dataset.info(piece);
    const bool is_new =
        info.title.empty() || works.insert(info.composer + "\n" + info.title).second;
    if (!is_new || primes.size() == kMostPieces) continue;
    primes.push_back(eval::excerpt_of(dataset.music(piece), 0, std::llround(kPrime_s * 1e6)).notes);
  }
  return primes;
}

Expected<void> write_midi(const std::filesystem::path& folder, std::size_t number,
                          const std::vector<events::PlainNote>& notes) {
  midi::Performance performance;
  for (const auto& note : notes) {
    performance.notes.push_back({.start_us = note.start_us,
                                 .length_us = note.length_us,
                                 .key_length_us = note.length_us,
                                 .pitch = note.pitch,
                                 .velocity = note.velocity});
  }
  return replace_file(folder / fmt::format("{:03}.mid", number), midi::write_smf(performance));
}

Expected<void> write_primes(const corpus::Dataset& dataset, const std::filesystem::path& folder) {
  PNO_TRY_VOID(make_folder(folder));
  std::size_t number = 0;
  for (const auto& notes : primes_of(dataset)) PNO_TRY_VOID(write_midi(folder, ++number, notes));
  return {};
}

double nll(const MarkovModel& model, const corpus::Dataset& dataset,
           const events::Vocabulary& vocabulary, std::int64_t& tokens) {
  double sum = 0;
  for (const auto piece : dataset.split(corpus::Split::validation)) {
    const auto events = events::encode(dataset.music(piece), vocabulary);
    for (std::size_t at = 1; at < events.size(); ++at, ++tokens) {  // BOS is not a target
      sum -= std::log(model.probability(std::span(events).first(at), events[at]));
    }
  }
  return sum / static_cast<double>(tokens);
}

// Draws until the new music is long enough. EOS is not drawn.
std::vector<events::Token> continued(const MarkovModel& model, std::vector<events::Token> events,
                                     const events::Vocabulary& vocabulary, RandomStream& random) {
  const auto shift = [&](events::Token token) {
    const auto event = vocabulary.event(token);
    return event.kind == events::Kind::time_shift ? event.value : 0;
  };
  const auto wanted = static_cast<int>(kMusic_s * vocabulary.steps_per_second);
  for (int steps = 0; steps < wanted;) {
    auto p = model.probabilities(events);
    p[vocabulary.eos()] = p[vocabulary.bos()] = 0;
    double sum = 0;
    for (const double each : p) sum += each;
    double left = random.uniform() * sum;
    std::size_t next = 0;
    while (next + 1 < p.size() && left >= p[next]) left -= p[next++];
    events.push_back(static_cast<events::Token>(next));
    steps += shift(events.back());
  }
  return events;
}

Expected<void> write_markov(const corpus::Dataset& dataset, const std::filesystem::path& folder) {
  PNO_TRY_VOID(make_folder(folder));
  const events::Vocabulary vocabulary;
  MarkovModel model(kOrder, static_cast<std::size_t>(vocabulary.outputs()));
  for (const auto piece : dataset.split(corpus::Split::train)) {
    model.add(events::encode(dataset.music(piece), vocabulary));
  }
  model.finish();
  Stopwatch watch;
  std::size_t number = 0, drawn = 0;
  std::int64_t mended = 0;
  for (const auto& prime : primes_of(dataset)) {
    RandomStream random(kSeed, number);
    const auto before = events::encode(prime, vocabulary, {.bos = true, .eos = false});
    const auto events = continued(model, before, vocabulary, random);
    const auto decoded = events::decode(events, vocabulary);
    const auto prime_us = events::decode(before, vocabulary).length_us;
    drawn += events.size() - before.size();
    mended += decoded.mended.total();
    auto notes = events::plain_notes(decoded.performance);
    std::erase_if(notes, [&](const auto& note) { return note.start_us < prime_us; });
    for (auto& note : notes) note.start_us -= prime_us;
    PNO_TRY_VOID(write_midi(folder, ++number, notes));
  }
  const double drawing_s = watch.seconds();
  std::int64_t tokens = 0;
  const double validation = nll(model, dataset, vocabulary, tokens);
  fmt::print(
      "{{\"order\":{},\"pieces\":{},\"tokens\":{},\"mended\":{},\"tokens_per_s\":{:.0f},"
      "\"validation_tokens\":{},\"validation_nll\":{:.4f}}}\n",
      kOrder, number, drawn, mended, static_cast<double>(drawn) / drawing_s, tokens, validation);
  return {};
}

using Json = nlohmann::json;

Expected<std::vector<Json>> read_lines(const std::string& path) {
  std::vector<Json> objects;
  if (path == "-") return objects;
  PNO_TRY(const auto text, read_text(path));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    auto json = Json::parse(line, nullptr, false);
    if (!json.is_object()) return fail("{}: has a line that is not a JSON object", path);
    objects.push_back(std::move(json));
  }
  if (objects.empty()) return fail("{}: is empty", path);
  return objects;
}

std::string with_interval(const Json& interval, int digits) {
  return fmt::format("{:.{}f} ({:.{}f}–{:.{}f})", interval["value"].get<double>(), digits,
                     interval["low"].get<double>(), digits, interval["high"].get<double>(), digits);
}

// The columns from overlap to restrikes. `means` are the features, or the means of the reference;
// `human` is the similarity of human music to the same training set.
std::string judged_columns(const Json& set, const Json& originality, const Json& means,
                           const std::string& human) {
  const auto mean = [&](const char* feature) {
    const auto& found = means[feature];
    return found.contains("mean") ? found["mean"]["value"].get<double>()
                                  : found["value"].get<double>();
  };
  return fmt::format("{} | {:.3f} | {} | {} | {:.1f}, {} | {:.1f} | {:.1f} % | {:.1f}",
                     with_interval(set["overlap"], 3), set["divergence"]["value"].get<double>(),
                     with_interval(originality["similarity"], 3), human,
                     originality["copied_notes"]["value"].get<double>(),
                     originality["longest_copy_notes"].get<int>(), mean("drones"),
                     100 * mean("loops"), mean("restrikes"));
}

// Mended events for each 1,000 drawn, and events a second.
std::string music_columns(const std::vector<Json>& calls) {
  double tokens = 0, mended = 0, seconds = 0;
  for (const auto& call : calls) {
    tokens += call["tokens"].get<double>();
    mended += call["mended"].get<double>();
    seconds += call["tokens"].get<double>() / call["tokens_per_s"].get<double>();
  }
  if (calls.empty()) return "– | –";
  return fmt::format("{:.1f} | {:.0f}", 1000 * mended / tokens, tokens / seconds);
}

std::string nll_column(const std::vector<Json>& eval, const std::vector<Json>& music) {
  if (!eval.empty()) return fmt::format("{:.3f}", eval.front()["nll"].get<double>());
  if (!music.empty() && music.front().contains("validation_nll")) {
    return fmt::format("{:.3f}", music.front()["validation_nll"].get<double>());
  }
  return "–";
}

struct RowFiles {
  std::string judge, music = "-", eval = "-";
};

Expected<void> print_row(const std::string& name, const RowFiles& files) {
  PNO_TRY(const auto judged, read_lines(files.judge));
  PNO_TRY(const auto music, read_lines(files.music));
  PNO_TRY(const auto eval, read_lines(files.eval));
  const auto& json = judged.front();
  const auto& samples = json["samples"];
  const auto& human = json["originality"]["human"];
  fmt::print("| {} | {} | {} | {} |\n", name, nll_column(eval, music),
             judged_columns(samples, json["originality"]["samples"], samples["features"],
                            fmt::format("{:.3f}", human["similarity"]["value"].get<double>())),
             music_columns(music));
  return {};
}

Expected<void> print_real_row(const std::string& path) {
  PNO_TRY(const auto judged, read_lines(path));
  const auto& json = judged.front();
  fmt::print(
      "| real against real | – | {} | – | – |\n",
      judged_columns(json["real"], json["originality"]["human"], json["reference_means"], "–"));
  return {};
}

Expected<void> run(std::span<char*> arguments) {
  const std::string command = arguments[0];
  if (command == "row" && arguments.size() == 5) {
    return print_row(arguments[1],
                     {.judge = arguments[2], .music = arguments[3], .eval = arguments[4]});
  }
  if (command == "real" && arguments.size() == 2) return print_real_row(arguments[1]);
  const bool makes_music = command == "primes" || command == "markov";
  if (!makes_music || arguments.size() != 3) {
    return fail_usage("use primes, markov, row or real; the source says with what");
  }
  PNO_TRY(const auto dataset, corpus::Dataset::open(arguments[1]));
  return command == "primes" ? write_primes(dataset, arguments[2])
                             : write_markov(dataset, arguments[2]);
}

}  // namespace
}  // namespace pno::tools

int main(int argc, char** argv) {
  const auto arguments = std::span(argv, static_cast<std::size_t>(argc)).subspan(1);
  if (arguments.empty()) {
    fmt::print(stderr, "usage: quality_music primes|markov|row|real …\n");
    return 2;
  }
  const auto done = pno::tools::run(arguments);
  if (!done) fmt::print(stderr, "quality_music: {}\n", done.error().message);
  return done ? 0 : 1;
}
