#include "report/report_page.h"

#include <cmath>
#include <utility>

#include "base/number_text.h"
#include "base/progress.h"
#include "report/html.h"

namespace pno::report {
namespace {

std::string field(const TextFields& fields, const std::string& key) {
  const auto found = fields.find(key);
  return found == fields.end() ? std::string() : found->second;
}

std::string nll_text(double nll) {
  return std::isfinite(nll) ? fmt::format("{:.3f}", nll) : "–";
}

std::string tiles(const RunRecord& record) {
  std::string html = "<section class=\"tiles\">\n";
  html += tile("best validation NLL, nats per token", nll_text(record.best_validation()));
  html += tile("training NLL, last", nll_text(record.last("train_nll")));
  html += tile("steps", grouped(record.step));
  const double tokens = record.last("tokens"), rate = record.last("tokens_per_s");
  if (std::isfinite(tokens)) html += tile("training tokens", grouped(std::llround(tokens)));
  const double epochs = record.last("epoch");
  if (std::isfinite(epochs)) html += tile("epochs", fmt::format("{:.2f}", epochs));
  if (std::isfinite(rate)) html += tile("tokens a second, last", grouped(std::llround(rate)));
  if (record.parameters > 0) html += tile("parameters", grouped(record.parameters));
  if (record.seconds > 0) html += tile("time", clock_text(record.seconds));

  if (record.setbacks > 0) html += tile("setbacks", grouped(record.setbacks));
  return html + "</section>\n";
}

std::vector<Point> points(const RunRecord& record, const std::string& key) {
  const auto found = record.by_step.find(key);
  return found == record.by_step.end() ? std::vector<Point>() : found->second;
}

std::string name_of(const RunRecord& record) {
  const auto name = std::filesystem::weakly_canonical(record.run).filename().string();
  return name.empty() ? record.run.string() : name;
}

// One curve for each run. The colour of the first is that of validation in the other charts.
Chart validation_by_minute(const RunRecord& record, const std::vector<RunRecord>& beside) {
  Chart chart{.title = "Validation NLL over time",
              .x_label = "minutes",
              .curves = {{.name = "", .points = {}}},  // the first colour is that of training
              .cuts_beginning = true};
  const auto add = [&](const RunRecord& run) {
    chart.curves.push_back(
        {.name = name_of(run), .points = run.validation_by_minute, .marked = true});
  };
  add(record);
  if (beside.empty()) chart.curves.back().name.clear();
  for (const auto& other : beside) add(other);
  return chart;
}

// Of a model with roles.
Chart training_by_task(const RunRecord& record) {
  Chart chart{.title = "Training NLL by task, among allowed events",
              .x_label = "step",
              .curves = {},
              .cuts_beginning = true};
  constexpr std::string_view kPrefix = "train_nll_grammar_";
  for (const auto& [key, values] : record.by_step) {
    if (!key.starts_with(kPrefix)) continue;
    chart.curves.push_back(
        {.name = key.substr(kPrefix.size()), .points = values, .smoothed = true});
  }
  return chart;
}

std::string charts(const RunRecord& record, const std::vector<RunRecord>& beside) {
  const std::vector<Chart> all = {
      {.title = "NLL in nats per token",
       .x_label = "step",
       .curves = {{.name = "training", .points = points(record, "train_nll"), .smoothed = true},
                  {.name = "validation",
                   .points = points(record, "validation_nll"),
                   .marked = true}},
       .cuts_beginning = true},
      validation_by_minute(record, beside),
      training_by_task(record),
      {.title = "Learning rate",
       .x_label = "step",
       .curves = {{.name = "rate", .points = points(record, "learning_rate")}},
       .begins_at_zero = true},
      {.title = "Tokens a second",
       .x_label = "step",
       .curves = {{.name = "speed", .points = points(record, "tokens_per_s"), .smoothed = true}},
       .begins_at_zero = true},
  };
  std::string html = "<section class=\"charts\">\n";
  for (const auto& chart : all) {
    const auto svg = svg_of(chart);
    if (!svg.empty()) html += fmt::format("<figure>{}</figure>\n", svg);
  }
  return html + "</section>\n";
}

// A table of the runs; empty for a single run.
std::string comparison(const RunRecord& record, const std::vector<RunRecord>& beside) {
  if (beside.empty()) return "";
  std::string rows;
  const auto add = [&](const RunRecord& run) {
    const double tokens = run.last("tokens");
    rows +=
        fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                    escaped(name_of(run)), escaped(field(run.model, "training.preset")),
                    run.parameters > 0 ? grouped(run.parameters) : "–",
                    std::isfinite(tokens) ? grouped(std::llround(tokens)) : "–",
                    clock_text(run.seconds), nll_text(run.best_validation()));
  };
  add(record);
  for (const auto& other : beside) add(other);
  return fmt::format(
      "<section class=\"card\"><h2>Beside each other</h2><table class=\"runs\">\n"
      "<tr><th>run</th><th>preset</th><th>parameters</th><th>training tokens</th><th>time</th>"
      "<th>best validation NLL</th></tr>\n{}</table></section>\n",
      rows);
}

std::string sample_card(const SampleMedia& sample) {
  auto html =
      fmt::format("<article class=\"sample\"><h3>After step {}</h3>\n", grouped(sample.step));
  if (!sample.png.empty()) {
    html += fmt::format(
        "<img alt=\"Piano roll of the sample after step {}\" src=\"data:image/png;base64,{}\">\n",
        sample.step, base64(sample.png));
  }
  if (!sample.flac.empty()) {
    html += fmt::format(
        "<audio controls preload=\"metadata\" src=\"data:audio/flac;base64,{}\"></audio>\n",
        base64(sample.flac));
  }
  html += fmt::format(
      "<a download=\"step-{}.mid\" href=\"data:audio/midi;base64,{}\">MIDI</a></article>\n",
      sample.step, base64(sample.midi));
  return html;
}

// A table of the fields under a prefix; empty without fields.
std::string table(const std::string& title, const TextFields& fields, const std::string& prefix) {
  std::string rows;
  for (const auto& [key, value] : fields) {
    if (!key.starts_with(prefix) || value.empty()) continue;
    rows += table_row(key.substr(prefix.size()), value);
  }
  if (rows.empty()) return "";
  return fmt::format("<section class=\"card\"><h2>{}</h2><table>\n{}</table></section>\n", title,
                     rows);
}

std::string subtitle(const RunRecord& record) {
  const auto preset = field(record.model, "training.preset");
  const auto sources = field(record.model, "data.sources");
  return (preset.empty() ? "" : "preset " + preset + " · ") +
         (sources.empty() ? "no model saved yet" : "trained on " + sources);
}

}  // namespace

std::string report_page(const RunRecord& record, const std::vector<RunRecord>& beside,
                        const std::vector<SampleMedia>& samples) {
  auto html = opening_of({.window_title = name_of(record),
                          .brand = "report of a training run",
                          .heading = name_of(record),
                          .subtitle = subtitle(record)});
  html += tiles(record) + charts(record, beside) + comparison(record, beside);
  if (!samples.empty()) {
    html += "<h2>Samples drawn during training</h2>\n<section class=\"samples\">\n";
    for (const auto& sample : samples) html += sample_card(sample);
    html += "</section>\n";
  }
  html += "<section class=\"tables\">\n";
  html += table("Data", record.model, "data.") + table("Machine", record.model, "machine.") +
          table("Begun from", record.model, "init.") +
          table("Training", record.model, "training.") + table("Model", record.model, "model.") +
          table("Events", record.model, "vocabulary.");
  return html + fmt::format("</section>\n{}", kPageEnd);
}

}  // namespace pno::report
