#include "report/run_record.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/file.h"
#include "model/model_file.h"

namespace pno::report {
namespace {

namespace fs = std::filesystem;

void add_line(const nlohmann::json& line, RunRecord& record) {
  const auto step = line.value("step", std::int64_t{0});
  record.step = std::max(record.step, step);
  for (const auto& [key, value] : line.items()) {
    if (key == "step" || !value.is_number()) continue;
    record.by_step[key].push_back({static_cast<double>(step), value.get<double>()});
  }
  const double seconds = line.value("seconds", 0.0);
  record.seconds = std::max(record.seconds, seconds);
  record.setbacks = std::max(record.setbacks, line.value("setbacks", std::int64_t{0}));
  if (line.contains("validation_nll") && line["validation_nll"].is_number() && seconds > 0) {
    record.validation_by_minute.push_back({seconds / 60, line["validation_nll"].get<double>()});
  }
}

std::vector<RunSample> samples_in(const fs::path& folder) {
  std::vector<RunSample> samples;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const auto& path = entry.path();
    std::int64_t step = 0;
    const auto stem = path.stem().string();
    constexpr std::string_view kStart = "step-";
    if (path.extension() != ".mid" || !stem.starts_with(kStart)) continue;
    std::istringstream digits(stem.substr(kStart.size()));
    if (digits >> step) samples.push_back({step, path});
  }
  std::sort(samples.begin(), samples.end(),
            [](const auto& a, const auto& b) { return a.step < b.step; });
  return samples;
}

}  // namespace

double RunRecord::last(const std::string& key) const {
  const auto curve = by_step.find(key);
  const bool is_there = curve != by_step.end() && !curve->second.empty();
  return is_there ? curve->second.back().y : std::numeric_limits<double>::quiet_NaN();
}

double RunRecord::best_validation() const {
  const auto curve = by_step.find("validation_nll");
  if (curve == by_step.end()) return std::numeric_limits<double>::quiet_NaN();
  return std::min_element(curve->second.begin(), curve->second.end(),
                          [](const auto& a, const auto& b) { return a.y < b.y; })
      ->y;
}

Expected<RunRecord> read_run(const fs::path& run) {
  RunRecord record;
  record.run = run;
  const auto metrics = run / "metrics.jsonl";
  const auto text = read_text(metrics);
  if (!text) {
    return fail("{}; name the folder that 'pno train -o' has made", text.error().message);
  }
  std::istringstream lines(*text);
  std::size_t read = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto parsed = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    const bool is_ours = parsed.is_object() && parsed.contains("step") &&
                         parsed["step"].is_number_integer() &&
                         (!parsed.contains("seconds") || parsed["seconds"].is_number()) &&
                         (!parsed.contains("setbacks") || parsed["setbacks"].is_number_integer());
    if (!is_ours) continue;
    add_line(parsed, record);
    ++read;
  }
  if (read == 0) return fail("{}: holds no line of metrics yet", metrics.string());
  const auto path = run / "model.safetensors";
  std::error_code ignored;
  if (fs::exists(path, ignored)) {
    PNO_TRY(const auto file, model::ModelFile::open(path));
    record.model = file.metadata();
    record.parameters = file.parameter_count();
  }
  record.samples = samples_in(run / "samples");
  return record;
}

}  // namespace pno::report
