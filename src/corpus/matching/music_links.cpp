#include "corpus/matching/music_links.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "corpus/matching/same_recording.h"

namespace pno::corpus {

Groups::Groups(std::size_t count) : parents_(count) {
  std::iota(parents_.begin(), parents_.end(), std::size_t{0});
}

std::size_t Groups::first_of(std::size_t number) {
  while (parents_[number] != number) {
    parents_[number] = parents_[parents_[number]];  // halves the path
    number = parents_[number];
  }
  return number;
}

void Groups::join(std::size_t a, std::size_t b) {
  const auto [first, second] = std::minmax({first_of(a), first_of(b)});
  parents_[second] = first;
}

Expected<MusicLinks> link_music(const MusicList& list, int threads) {
  MusicLinks links{.same_music = Groups(list.size()), .copies = {}};
  std::vector<PieceOnsets> onsets(list.size());
  for (const auto& piece : list) onsets[piece.number] = piece.onsets;
  const auto take = [&](const MusicMatch& match) {
    links.same_music.join(match.a, match.b);
    if (is_same_recording(onsets[match.a], onsets[match.b], match.share)) {
      links.copies.push_back(match);
    }
  };
  PNO_TRY_VOID(find_overlap_within(list, {.threads = threads}, take, nullptr));
  return links;
}

void join_keys(std::span<SplitQuestion> questions, Groups& same_music) {
  std::unordered_map<std::string_view, std::size_t> first_with_key;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (questions[i].key.empty()) continue;
    const auto [first, is_new] = first_with_key.emplace(questions[i].key, i);
    if (!is_new) same_music.join(first->second, i);
  }
  std::vector<std::uint32_t> pieces(questions.size());  // of the group that begins there
  for (std::size_t i = 0; i < questions.size(); ++i) ++pieces[same_music.first_of(i)];
  struct Group {
    std::uint64_t content = UINT64_MAX;
    std::string key = {};
  };
  std::unordered_map<std::size_t, Group> groups;  // those of several pieces
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const std::size_t first = same_music.first_of(i);
    if (pieces[first] == 1) continue;
    Group& group = groups[first];
    group.content = std::min(group.content, questions[i].content);
    const auto& key = questions[i].key;
    if (!key.empty() && (group.key.empty() || key < group.key)) group.key = key;
  }
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto group = groups.find(same_music.first_of(i));
    if (group == groups.end()) continue;
    // Keys of titles hold no '#'.
    questions[i].key = group->second.key.empty() ? fmt::format("#{:016x}", group->second.content)
                                                 : group->second.key;
  }
}

std::vector<LeftCopy> choose_copies(std::span<const CopyChoice> pieces,
                                    std::span<const MusicMatch> copies) {
  std::map<std::size_t, std::vector<std::pair<std::size_t, double>>> copies_of;
  for (const auto& copy : copies) {
    copies_of[copy.a].emplace_back(copy.b, copy.share);
    copies_of[copy.b].emplace_back(copy.a, copy.share);
  }
  std::vector<std::size_t> order;
  for (const auto& [piece, others] : copies_of) order.push_back(piece);
  const auto rank = [&](std::size_t piece) {
    const auto& choice = pieces[piece];
    return std::tuple(!choice.is_settled, choice.split == Split::train, choice.source, piece);
  };
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  std::vector<bool> stays(pieces.size());
  std::vector<LeftCopy> left;
  for (const std::size_t piece : order) {
    std::optional<LeftCopy> better;
    for (const auto& [other, share] : copies_of[piece]) {
      const bool is_one_table =
          pieces[piece].table >= 0 && pieces[piece].table == pieces[other].table;
      if (!stays[other] || is_one_table || pieces[piece].is_settled) continue;
      if (better && rank(better->kept) < rank(other)) continue;
      better = LeftCopy{.piece = piece, .kept = other, .share = share};
    }
    stays[piece] = !better;
    if (better) left.push_back(*better);
  }
  std::sort(left.begin(), left.end(),
            [](const LeftCopy& a, const LeftCopy& b) { return a.piece < b.piece; });
  return left;
}

}  // namespace pno::corpus
