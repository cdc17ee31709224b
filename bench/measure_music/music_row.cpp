#include "music_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pno::bench {
namespace {

double percent(double share) {
  return 100 * share;
}

std::string edge_text(std::int64_t us) {
  return fmt::format("{:g} s", static_cast<double>(us) / 1e6);
}

}  // namespace

std::string table_head() {
  return "| setting | minutes | notes/s | drones % | restrikes % | short % | trills % | loops % | "
         "repetition % | key fit | mended % |\n"
         "|---|---|---|---|---|---|---|---|---|---|---|\n";
}

std::string table_row(const MusicRow& row) {
  const auto& m = row.measures;
  std::int64_t mended = 0;
  for (const auto& [fault, count] : row.mended_by) mended += count;
  const auto mended_text = row.tokens > 0
                               ? fmt::format("{:.2f}", 100.0 * static_cast<double>(mended) /
                                                           static_cast<double>(row.tokens))
                               : "–";
  return fmt::format(
      "| {} | {:.0f} | {:.2f} | {:.3f} | {:.3f} | {:.2f} | {:.2f} | {:.3f} | {:.1f} | {:.3f} | {} "
      "|\n",
      row.name, m.seconds / 60, m.notes_per_s(), percent(m.drone_share()),
      percent(m.restrike_share()), percent(m.short_share()), percent(m.trill_share()),
      percent(m.loop_share()), percent(m.repetition_share()), m.key_fit(), mended_text);
}

std::string json_row(const MusicRow& row) {
  const auto& m = row.measures;
  nlohmann::ordered_json json = {{"setting", row.name},
                                 {"pieces", m.pieces},
                                 {"notes", m.notes},
                                 {"seconds", m.seconds},
                                 {"notes_per_s", m.notes_per_s()},
                                 {"drones", m.drones},
                                 {"restrikes", m.restrikes},
                                 {"short_notes", m.short_notes},
                                 {"trills", m.trills},
                                 {"windows", m.windows},
                                 {"loop_notes", m.loop_notes},
                                 {"repetitions", m.repetitions},
                                 {"repeatable_notes", m.repeatable_notes},
                                 {"key_fit", m.key_fit()},
                                 {"length_edges_us", eval::kLengthEdges_us},
                                 {"lengths", m.lengths},
                                 {"tokens", row.tokens},
                                 {"mended_by", row.mended_by}};
  return json.dump() + "\n";
}

std::string length_table(const std::vector<MusicRow>& rows) {
  std::string text = "| length |", rule = "|---|";
  for (const auto& row : rows) {
    text += fmt::format(" {} |", row.name);
    rule += "---|";
  }
  text += "\n" + rule + "\n";
  for (std::size_t bin = 0; bin <= eval::kLengthEdges_us.size(); ++bin) {
    const bool is_last = bin == eval::kLengthEdges_us.size();
    text += is_last ? fmt::format("| {} or more |", edge_text(eval::kLengthEdges_us.back()))
                    : fmt::format("| below {} |", edge_text(eval::kLengthEdges_us.at(bin)));
    for (const auto& row : rows) {
      const auto notes = std::max<std::int64_t>(row.measures.notes, 1);
      text += fmt::format(" {:.3f} |", 100.0 * static_cast<double>(row.measures.lengths.at(bin)) /
                                           static_cast<double>(notes));
    }
    text += "\n";
  }
  return text;
}

}  // namespace pno::bench
