#include "cli/held_out_text.h"

#include <algorithm>

namespace pno::cli {

std::string held_out_lines(const corpus::PrepareReport& report) {
  constexpr std::size_t kShown = 8;
  const auto& pieces = report.held_out;
  std::string text;
  for (std::size_t i = 0; i < std::min(pieces.size(), kShown); ++i) {
    text += fmt::format("  held out  {}: is {} of {} (share {:.2f})\n", pieces[i].file,
                        pieces[i].match, pieces[i].match_in, pieces[i].share);
  }
  if (pieces.size() > kShown) {
    text += fmt::format("  held out  {} more; --json lists all\n",
                        grouped(static_cast<std::int64_t>(pieces.size() - kShown)));
  }
  return text;
}

Json held_out_json(const corpus::PrepareReport& report) {
  Json list = Json::array();
  for (const auto& piece : report.held_out) {
    list.push_back({{"file", piece.file},
                    {"title", piece.title},
                    {"composer", piece.composer},
                    {"match", piece.match},
                    {"match_file", piece.match_file},
                    {"match_in", piece.match_in},
                    {"share", piece.share}});
  }
  return list;
}

}  // namespace pno::cli
