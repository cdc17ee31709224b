#include "train/run/metrics.h"

#include <charconv>
#include <cmath>
#include <sstream>

#include "base/file.h"

namespace pno::train {
namespace {

constexpr std::string_view kLineStart = "{\"step\":";

// -1 if the line has another format, or was cut short.
std::int64_t step_of(std::string_view line) {
  std::int64_t step = -1;
  if (!line.starts_with(kLineStart) || !line.ends_with('}')) return -1;
  line.remove_prefix(kLineStart.size());
  std::from_chars(line.data(), line.data() + line.size(), step);
  return step;
}

// The value of "seconds" in the line, or `otherwise` if it has none.
double seconds_of(std::string_view line, double otherwise) {
  constexpr std::string_view kKey = "\"seconds\":";
  const auto at = line.find(kKey);
  if (at == std::string_view::npos) return otherwise;
  line.remove_prefix(at + kKey.size());
  std::from_chars(line.data(), line.data() + line.size(), otherwise);
  return otherwise;
}

std::string json_text(const MetricsLog::Number& number) {
  if (const auto* integer = std::get_if<std::int64_t>(&number)) return fmt::format("{}", *integer);
  const double value = std::get<double>(number);
  return std::isfinite(value) ? fmt::format("{:.7g}", value) : "null";
}

}  // namespace

Expected<MetricsLog> MetricsLog::open(const std::filesystem::path& path, std::int64_t last_step) {
  std::string kept;
  double seconds = 0;
  std::error_code ignored;
  if (last_step > 0 && std::filesystem::exists(path, ignored)) {
    PNO_TRY(const auto text, read_text(path));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const auto step = step_of(line);
      if (step < 0 || step > last_step) continue;
      kept += line + '\n';
      seconds = seconds_of(line, seconds);
    }
  }
  PNO_TRY_VOID(replace_file(path, kept));
  MetricsLog log(path);
  log.seconds_before_ = seconds;
  log.file_.open(path, std::ios::app);
  if (!log.file_) return fail("{}: cannot be written", path.string());
  return log;
}

Expected<void> MetricsLog::add(std::int64_t step, const Values& values) {
  std::string line = fmt::format("{}{}", kLineStart, step);
  for (const auto& [name, value] : values)
    line += fmt::format(",\"{}\":{}", name, json_text(value));
  file_ << line << "}\n" << std::flush;
  if (!file_) return fail("{}: cannot be written; is the disk full?", path_.string());
  return {};
}

}  // namespace pno::train
