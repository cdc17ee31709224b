#include "corpus/matching/seen_music.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "base/fields.h"

namespace pno::corpus {
namespace {

MusicList music_of_pieces(const Dataset& dataset, std::span<const std::size_t> pieces) {
  MusicList list;
  for (const std::size_t piece : pieces) list.push_back({piece, onsets_of(dataset, piece)});
  return list;
}

}  // namespace

PieceOnsets onsets_of(const Dataset& dataset, std::size_t piece) {
  const auto rows = dataset.rows_of(piece);
  return {rows.start_us, rows.pitch};
}

MusicList music_of(const Dataset& dataset) {
  std::vector<std::size_t> pieces(dataset.pieces());
  std::iota(pieces.begin(), pieces.end(), std::size_t{0});
  return music_of_pieces(dataset, pieces);
}

MusicList music_of(const Dataset& dataset, Split split) {
  return music_of_pieces(dataset, dataset.split(split));
}

std::string piece_name(const PieceInfo& info) {
  if (info.title.empty()) return info.source;
  return info.composer.empty() ? info.title : info.composer + ": " + info.title;
}

Expected<std::vector<SeenPiece>> find_seen_music(std::span<const Dataset* const> training,
                                                 const Dataset& evaluation, Split split,
                                                 int threads) {
  std::map<std::size_t, SeenPiece> seen;  // by the piece of `evaluation`
  const MusicList evaluated = music_of(evaluation, split);
  for (const Dataset* dataset : training) {
    const auto take = [&](const MusicMatch& match) {
      SeenPiece& piece = seen[match.b];
      if (piece.share >= match.share) return;
      piece = {.name = piece_name(evaluation.info(match.b)),
               .training_name = piece_name(dataset->info(match.a)),
               .share = match.share};
    };
    PNO_TRY_VOID(find_overlap(music_of(*dataset, Split::train), evaluated, {.threads = threads},
                              take, nullptr));
  }
  std::vector<SeenPiece> pieces;
  for (auto& [number, piece] : seen) pieces.push_back(std::move(piece));
  return pieces;
}

std::string seen_music_warning(std::span<const SeenPiece> seen, const Dataset& evaluation,
                               Split split) {
  constexpr std::size_t kNamed = 3;
  if (seen.empty()) return "";
  std::vector<std::string> names;
  for (const auto& piece : seen.first(std::min(seen.size(), kNamed))) {
    names.push_back(piece.name == piece.training_name
                        ? piece.name
                        : fmt::format("{} (trained on as {})", piece.name, piece.training_name));
  }
  if (seen.size() > kNamed) names.push_back(fmt::format("{} more", seen.size() - kNamed));
  return fmt::format(
      "{} of {} {} pieces of {} are the same music as training pieces, so that their likelihood is "
      "not that of unseen music: {}; 'pno overlap' lists them, 'pno prepare --hold-out' leaves "
      "them "
      "out",
      seen.size(), evaluation.split(split).size(), enum_name(split), evaluation.name(),
      fmt::join(names, "; "));
}

}  // namespace pno::corpus
