#include "cli/training_log.h"

#include <cmath>

namespace pno::cli {
namespace {

// At most four characters: "830", "8.6k", "123k", "1.2M".
std::string short_number(double number) {
  constexpr double kKilo = 1e3, kMega = 1e6, kShort = 99.5;
  const auto scaled = [](double value, const char* unit) {
    return value < kShort ? fmt::format("{:.1f}{}", value, unit)
                          : fmt::format("{:.0f}{}", value, unit);
  };
  if (number < kKilo) return fmt::format("{:.0f}", number);
  return number < kMega ? scaled(number / kKilo, "k") : scaled(number / kMega, "M");
}

}  // namespace

std::string training_line(const train::StepReport& now) {
  auto line =
      now.steps > 0 ? fmt::format("{}/{}", now.step, now.steps) : fmt::format("step {}", now.step);
  if (now.train_nll) line += fmt::format("  loss {:.3f}", *now.train_nll);
  if (now.validation_nll) line += fmt::format("  val {:.3f}", *now.validation_nll);
  line += fmt::format("  lr {:.1e}  {} tok/s", now.learning_rate, short_number(now.tokens_per_s));
  if (now.seconds_left) line += fmt::format("  {} left", clock_text(*now.seconds_left));
  return line;
}

void TrainingLog::report(const train::StepReport& now) {
  const auto line = training_line(now);
  if (now.validated || !now.note.empty()) {
    const bool has_begun = now.step > 0 || now.steps > 0;
    const auto note = has_begun ? fmt::format("{}  {}", line, now.note) : now.note;
    line_.note(now.note.empty() ? line : note);
  }
  if (now.step > 0 || now.steps > 0) line_.show(line);
}

}  // namespace pno::cli
