// train_step: the speed of a training step, compared with the speed of the machine and with the
// same step in plain LibTorch. One run measures all of them, so that noise affects all of them.
//
//   build/bench/bench/train_step                           the shapes that README quotes; minutes
//   build/bench/bench/train_step --shape paper --json
//   build/bench/bench/train_step --preset laptop --batch 8 --no-baseline
//   build/bench/bench/train_step --preset laptop --overhead music.notes    the overhead of a run

#include <fmt/ranges.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>

#include "cli/field_flags.h"
#include "cli/preset.h"
#include "cli/shared_flags.h"
#include "cli/waiting_threads.h"
#include "model/parameters.h"
#include "model/useful_flops.h"
#include "train_step/child_process.h"
#include "train_step/measure.h"
#include "train_step/overhead.h"

namespace pno::bench {
namespace {

using Json = nlohmann::ordered_json;

struct Flags {
  std::vector<std::string> names;
  std::string preset;
  std::string overhead_of;  // a dataset
  TextFields fields;
  std::int64_t batch = 0;  // 0: that of the preset, or 1
  bool without_baseline = false, fused_baseline = false, json = false;
  MeasureOptions measure;
};

// A user-defined shape: a preset, changed by flags.
Expected<Shape> shape_of_flags(const Flags& flags) {
  Shape shape{
      .name = "custom", .model = {}, .vocabulary_size = events::kPerformance.inputs(), .batch = 1};
  if (!flags.preset.empty()) {
    PNO_TRY(shape, shape_of_preset(flags.preset, flags.batch));
  }
  if (flags.batch > 0) shape.batch = flags.batch;
  PNO_TRY_VOID(cli::apply_fields(flags.fields, shape.model));
  PNO_TRY_VOID(shape.model.validate());
  return shape;
}

Expected<std::vector<Shape>> shapes_of_flags(const Flags& flags) {
  bool is_custom = !flags.preset.empty();
  for (const auto& [name, text] : flags.fields) is_custom = is_custom || !text.empty();
  if (is_custom) {
    if (!flags.names.empty()) return fail("--shape has its own model: leave out its fields");
    PNO_TRY(auto shape, shape_of_flags(flags));
    return std::vector<Shape>{std::move(shape)};
  }
  PNO_TRY(auto all, named_shapes());
  if (flags.names.empty()) return all;
  std::vector<Shape> chosen;
  for (const auto& name : flags.names) {
    const auto found = std::ranges::find(all, name, &Shape::name);
    if (found == all.end()) {
      std::vector<std::string> names;
      std::ranges::transform(all, std::back_inserter(names), &Shape::name);
      return fail("--shape {}: is none of {}", name, fmt::join(names, ", "));
    }
    chosen.push_back(*found);
  }
  return chosen;
}

Expected<StepFigures> step_in_child(const Shape& shape, std::optional<BaselineAttention> baseline,
                                    const MeasureOptions& options) {
  PNO_TRY(const auto json, in_child([&]() -> Expected<nlohmann::json> {
            PNO_TRY(const auto figures, measure_step(shape, baseline, options));
            return nlohmann::json{figures.seconds, figures.steps,   figures.precision,
                                  figures.nll,     figures.peak_mb, figures.page_faults};
          }));
  return StepFigures{json[0], json[1], json[2], json[3], json[4], json[5]};
}

Json json_of(const Shape& shape, const StepFigures& figures) {
  return {{"tokens_per_s", static_cast<double>(shape.tokens()) / figures.seconds},
          {"step_seconds", figures.seconds},
          {"steps", figures.steps},
          {"nll", figures.nll},
          {"peak_mb", figures.peak_mb},
          {"page_faults", figures.page_faults}};
}

// The figures of the baseline, or null if it fails; the reason goes to stderr.
Expected<Json> measure_baseline(const Shape& shape, const Flags& flags, double nll) {
  const auto kind = flags.fused_baseline ? BaselineAttention::fused : BaselineAttention::relative;
  if (flags.without_baseline || shape.once) return Json();
  const auto figures = step_in_child(shape, kind, flags.measure);
  if (!figures) {
    fmt::print(stderr, "{}: no baseline: {}\n", shape.name, figures.error().message);
    return Json();
  }
  // Weights and tokens are the same. The draws of dropout differ, and the attention if the baseline
  // has no relative positions.
  constexpr double kDropoutNoise = 0.05;
  if (!(std::abs(figures->nll - nll) < kDropoutNoise * nll)) {
    return fail("{}: the first step has a loss of {:.4f} and the baseline's one of {:.4f}",
                shape.name, nll, figures->nll);
  }
  return json_of(shape, *figures);
}

Expected<Json> measure_shape(const Shape& shape, const Flags& flags) {
  PNO_TRY(const auto figures, step_in_child(shape, std::nullopt, flags.measure));
  PNO_TRY(const auto rate, in_child([&]() -> Expected<nlohmann::json> {
            PNO_TRY(const auto flops, matrix_flops_per_s(flags.measure, figures.precision));
            return nlohmann::json(flops);
          }));
  const auto useful =
      model::step_flops(shape.model, shape.vocabulary_size, shape.batch, shape.length()).total();
  constexpr double kGiga = 1e9;
  Json row = {{"shape", shape.name}, {"batch", shape.batch}, {"length", shape.length()}};
  row["precision"] = enum_name(figures.precision);
  row["parameters"] = model::parameter_count(shape.model, shape.vocabulary_size);
  row.update(json_of(shape, figures));
  row["useful_gflop"] = useful / kGiga;
  row["matrix_gflop_per_s"] = rate.get<double>() / kGiga;
  row["share_of_matrix_rate"] = useful / figures.seconds / rate.get<double>();
  PNO_TRY(row["baseline"], measure_baseline(shape, flags, figures.nll));
  return row;
}

// The memory of a process with a tiny model: LibTorch and its libraries.
Expected<double> floor_mb(MeasureOptions options) {
  options.seconds = 0;
  const Shape smallest{.name = "floor",
                       .model = {.layers = 1,
                                 .heads = 1,
                                 .width = 8,
                                 .attention_width = 8,
                                 .ff_width = 8,
                                 .context = 8,
                                 .max_distance = 8},
                       .vocabulary_size = 2};
  PNO_TRY(const auto figures, step_in_child(smallest, std::nullopt, options));
  return figures.peak_mb;
}

void print_header(double floor) {
  fmt::print("A process that trains next to nothing takes {:.0f} MB.\n", floor);
  constexpr auto kLine = "{:<15} {:>10} {:>5}  {:>9} {:>8} {:>8}  {:>11} {:>6}  {:>9} {:>8}\n";
  fmt::print(kLine, "", "", "", "", "", "", "matrices", "useful", "baseline", "");
  fmt::print(kLine, "shape", "batch", "", "tokens/s", "s/step", "peak MB", "GFLOP/s", "share",
             "tokens/s", "peak MB");
}

void print_row(const Json& row) {
  const auto number = [](const Json& of, const char* key) { return of[key].get<double>(); };
  fmt::print("{:<15} {:>10} {:>5}  {:>9.0f} {:>8.3f} {:>8.0f}  {:>11.0f} {:>5.1f}%",
             row["shape"].get<std::string>(),
             fmt::format("{} x {}", row["batch"].get<int>(), row["length"].get<int>()),
             row["precision"].get<std::string>(), number(row, "tokens_per_s"),
             number(row, "step_seconds"), number(row, "peak_mb"), number(row, "matrix_gflop_per_s"),
             100 * number(row, "share_of_matrix_rate"));
  const auto& baseline = row["baseline"];
  if (baseline.is_null()) {
    fmt::print("  {:>9} {:>8}\n", "-", "-");
  } else {
    fmt::print("  {:>9.0f} {:>8.0f}\n", number(baseline, "tokens_per_s"),
               number(baseline, "peak_mb"));
  }
  std::fflush(stdout);
}

// A run of the preset on a dataset, compared with its bare steps.
Expected<void> measure_run(const Flags& flags) {
  if (flags.preset.empty()) return fail("--overhead wants a --preset");
  model::ModelConfig model;
  train::TrainConfig config;
  PNO_TRY_VOID(cli::apply_preset(flags.preset, model, config));
  PNO_TRY_VOID(cli::apply_fields(flags.fields, model));
  PNO_TRY_VOID(model.validate());
  if (flags.batch > 0) config.batch = static_cast<int>(flags.batch);
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("pno-overhead-{}", ::getpid());
  const auto found = measure_overhead(flags.overhead_of, model, config, folder, flags.measure);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  if (!found) return tl::unexpected(found.error());
  const double every_s = 60 * train::TrainOptions().checkpoint_minutes;
  const double with_checkpoints = found->share / (1 + found->checkpoint_s / every_s);
  if (flags.json) {
    fmt::print("{}\n", Json({{"preset", flags.preset},
                             {"batch", config.batch},
                             {"bare_tokens_per_s", found->tokens / found->bare_s},
                             {"run_tokens_per_s", found->tokens / found->run_s},
                             {"share", found->share},
                             {"checkpoint_seconds", found->checkpoint_s},
                             {"share_with_checkpoints", with_checkpoints},
                             {"crop_wait", found->crop_wait}})
                           .dump());
    return {};
  }
  fmt::print("{}, batch {} x {}: bare steps {:.0f} tokens/s, a run {:.0f}: {:.1f} %\n",
             flags.preset, config.batch, model.context, found->tokens / found->bare_s,
             found->tokens / found->run_s, 100 * found->share);
  fmt::print(
      "a checkpoint takes {:.2f} s: {:.1f} % with one every {:.0f} s; {:.3f} % of a step "
      "waits for crops\n",
      found->checkpoint_s, 100 * with_checkpoints, every_s, 100 * found->crop_wait);
  return {};
}

Expected<void> run(const Flags& flags) {
  if (!flags.overhead_of.empty()) return measure_run(flags);
  PNO_TRY(const auto shapes, shapes_of_flags(flags));
  PNO_TRY(const auto floor, floor_mb(flags.measure));
  Json all = {
      {"device", enum_name(flags.measure.device)}, {"floor_mb", floor}, {"shapes", Json::array()}};
  if (!flags.json) print_header(floor);
  for (const auto& shape : shapes) {
    PNO_TRY(auto row, measure_shape(shape, flags));
    if (!flags.json) print_row(row);
    all["shapes"].push_back(std::move(row));
  }
  if (flags.json) fmt::print("{}\n", all.dump());
  return {};
}

int main(int argc, char** argv) {
  CLI::App app("How fast a training step is, in one run with the machine's matrix rate",
               "train_step");
  Flags flags;
  app.add_option("--shape", flags.names, "Only these of the named shapes")->type_name("NAME");
  app.add_option("--preset", flags.preset, "A preset, or a .toml file, instead")->type_name("NAME");
  cli::add_number(app, "--batch", flags.batch,
                  "Sequences, with --preset or fields of a model; 0: the preset's own");
  app.add_option("--overhead", flags.overhead_of,
                 "Instead: a run of the preset on this dataset beside its bare steps")
      ->type_name("DATASET");
  app.add_flag("--no-baseline", flags.without_baseline, "Leave out the slow step beside it");
  app.add_flag("--sdpa-baseline", flags.fused_baseline,
               "A baseline with LibTorch's own fused attention, without relative positions");
  cli::add_choice(app, "--device", flags.measure.device, "where to compute");
  cli::add_threads(app, flags.measure.threads);
  cli::add_choice(app, "--precision", flags.measure.precision,
                  "numbers of activations and matrix products; auto: bf16 where a GPU has it");
  cli::add_number(app, "--seconds", flags.measure.seconds, "Minimum measured time");
  cli::add_number(app, "--steps", flags.measure.steps, "Minimum number of timed steps");
  app.add_flag("--json", flags.json, "One JSON object on stdout");
  cli::add_field_flags<model::ModelConfig>(app, "Model", flags.fields);
  CLI11_PARSE(app, argc, argv);
  const auto done = run(flags);
  if (done) return 0;
  fmt::print(stderr, "train_step: {}\n", done.error().message);
  return 1;
}

}  // namespace
}  // namespace pno::bench

int main(int argc, char** argv) {
  try {
    pno::cli::let_threads_sleep(argv);
    return pno::bench::main(argc, argv);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "train_step: {}\n", failure.what());
    return 1;
  }
}
