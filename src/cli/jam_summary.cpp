#include "cli/jam_summary.h"

namespace pno::cli {
namespace {

constexpr double kMedian = 0.5, kP95 = 0.95;

Json delays_json(const live::Delays& delays) {
  return {{"median", delays.percentile_ms(kMedian)}, {"p95", delays.percentile_ms(kP95)}};
}

std::string delays_line(const char* name, const live::Delays& delays) {
  if (delays.count() == 0) return "";
  return fmt::format("  {:<21} median {:.2f} ms, 95 % below {:.2f} ms\n", name,
                     delays.percentile_ms(kMedian), delays.percentile_ms(kP95));
}

}  // namespace

Answer jam_answer(const live::RoomFigures& figures, const JamResult& result) {
  const auto plural = [](std::int64_t count, const char* word) {
    return fmt::format("{} {}{}", grouped(count), word, count == 1 ? "" : "s");
  };
  auto text =
      fmt::format("{:.1f} s: {}, {} of them interrupted; {} in, {} out, {} late, {} stuck\n",
                  result.seconds, plural(figures.turns, "answer"), grouped(figures.interruptions),
                  plural(figures.notes_in, "note"), grouped(figures.notes_out),
                  grouped(figures.late_notes), grouped(figures.stuck_notes));
  text += delays_line("takeover to note", figures.first_note);
  text += delays_line("jitter of notes", figures.jitter);
  text += delays_line("your keys", figures.monitor);
  text += delays_line("interruption", figures.interruption);
  text += fmt::format("  {:<21} {:.0f} % of a core, {:.0f} MB\n", "processor and memory",
                      100 * result.cpu_share, result.memory_mb);
  if (result.under_runs) {
    text += fmt::format("  {:<21} {}\n", "gaps in the sound", grouped(*result.under_runs));
  }
  if (!result.recording.empty())
    text += fmt::format("  {:<21} {}\n", "recorded in", result.recording);
  return {std::move(text),
          {{"turns", figures.turns.load()},
           {"interruptions", figures.interruptions.load()},
           {"notes_in", figures.notes_in.load()},
           {"notes_out", figures.notes_out.load()},
           {"first_note_ms", delays_json(figures.first_note)},
           {"jitter_ms", delays_json(figures.jitter)},
           {"monitor_ms", delays_json(figures.monitor)},
           {"interruption_ms", delays_json(figures.interruption)},
           {"late_notes", figures.late_notes.load()},
           {"stuck_notes", figures.stuck_notes.load()},
           {"lost_messages", figures.lost_messages.load()},
           {"under_runs", result.under_runs ? Json(*result.under_runs) : Json()},
           {"cpu_share", result.cpu_share},
           {"memory_mb", result.memory_mb},
           {"memory_grown_mb", result.memory_grown_mb},
           {"recording", result.recording},
           {"seconds", result.seconds}}};
}

}  // namespace pno::cli
