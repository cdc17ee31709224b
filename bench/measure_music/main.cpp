// Measures the music that a model generates beside real music: measure_music --help. The measures
// are those of src/eval/note_measures.h.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/file.h"
#include "base/interrupt.h"
#include "draw_music.h"
#include "events/encode.h"
#include "midi/smf_reader.h"
#include "setting.h"

namespace pno::bench {
namespace {

struct Flags {
  std::string model, dataset, split = "validation", json;
  std::vector<std::string> settings, files;
  MusicPlan plan;
  bool real = false;
  int threads = 1;
};

Expected<MusicRow> file_row(const std::string& name) {
  PNO_TRY(const auto file, MappedFile::open(name));
  const auto smf = midi::read_smf(file.bytes());
  if (!smf) return fail("{}: {}", name, smf.error().message);
  return MusicRow{.name = std::filesystem::path(name).filename().string(),
                  .measures = eval::measure_notes(events::plain_notes(smf->performance))};
}

// Prints rows as they come, so that an interrupted measurement has those that are done.
class Table {
 public:
  explicit Table(const std::string& json) {
    if (!json.empty()) json_.open(json, std::ios::app);
    fmt::print("{}", table_head());
  }
  void add(MusicRow row) {
    fmt::print("{}", table_row(row));
    std::fflush(stdout);
    if (json_.is_open()) json_ << json_row(row) << std::flush;
    rows_.push_back(std::move(row));
  }
  void finish() const { fmt::print("\n{}", length_table(rows_)); }

 private:
  std::ofstream json_;
  std::vector<MusicRow> rows_;
};

Expected<void> measure(const Flags& flags) {
  MusicPlan plan = flags.plan;
  PNO_TRY_VOID(parse_field(flags.split, plan.split));
  std::optional<corpus::Dataset> dataset;
  if (!flags.dataset.empty()) {
    PNO_TRY(dataset, corpus::Dataset::open(flags.dataset));
    if (dataset->split(plan.split).empty()) {
      return fail("{}: has no pieces in the split {}", flags.dataset, flags.split);
    }
  }
  if (!dataset && (flags.real || plan.prime_seconds > 0)) {
    return fail_usage("--real and --prime-seconds need --dataset");
  }
  Table table(flags.json);
  if (flags.real) {
    auto row = real_music(*dataset, plan);
    row.name = fmt::format("real music, {}", flags.split);
    table.add(std::move(row));
  }
  for (const auto& file : flags.files) {
    PNO_TRY(auto row, file_row(file));
    table.add(std::move(row));
  }
  if (!flags.settings.empty()) {
    PNO_TRY(const auto engine,
            infer::Engine::open(
                flags.model, {.threads = flags.threads, .precision = infer::Precision::automatic}));
    for (const auto& setting : flags.settings) {
      PNO_TRY(const auto draw, parse_setting(setting));
      PNO_TRY(auto row, draw_music(engine, dataset ? &*dataset : nullptr, draw, plan));
      row.name = setting.empty() ? "defaults" : setting;
      table.add(std::move(row));
    }
  }
  table.finish();
  return {};
}

int run(int argc, const char* const* argv) {
  CLI::App app("Measure generated music beside real music");
  Flags flags;
  auto* model = app.add_option("--model", flags.model, "Model file");
  app.add_option("--setting", flags.settings,
                 "Setting to measure: 'temperature=0.9 top_p=0.95'; '' is the defaults; repeatable")
      ->take_all()
      ->needs(model);
  app.add_option("--dataset", flags.dataset, "Dataset of the primes and of real music");
  app.add_option("--split", flags.split, "Its split: train, validation or test");
  app.add_flag("--real", flags.real, "Measure the split's own music, too");
  app.add_option("--music", flags.files, "MIDI files to measure");
  app.add_option("--minutes", flags.plan.minutes, "Music for each setting");
  app.add_option("--piece-seconds", flags.plan.piece_seconds, "Length of a piece");
  app.add_option("--prime-seconds", flags.plan.prime_seconds, "Length of a prime; 0: none");
  app.add_option("--seed", flags.plan.seed, "Seed of all settings");
  app.add_option("--threads", flags.threads, "Threads of the engine");
  app.add_option("--json", flags.json, "File to append a line of JSON to for each row");
  CLI11_PARSE(app, argc, argv);
  catch_interrupts();
  const auto measured = measure(flags);
  if (measured) return 0;
  fmt::print(stderr, "measure_music: {}\n", measured.error().message);
  return 1;
}

}  // namespace
}  // namespace pno::bench

int main(int argc, char** argv) {
  return pno::bench::run(argc, argv);
}
