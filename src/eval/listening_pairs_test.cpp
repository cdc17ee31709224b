#include "eval/listening_pairs.h"

#include <gtest/gtest.h>

#include <map>

namespace pno::eval {
namespace {

std::vector<ListeningSystem> three_systems() {
  return {{"a", {"1.mid", "2.mid", "3.mid"}}, {"b", {"2.mid", "3.mid", "1.mid"}}, {"c", {"x.mid"}}};
}

TEST(ListeningPairs, EveryTwoSystemsMeetEquallyOften) {
  const auto pairs = draw_listening_pairs(three_systems(), 31, 1);
  ASSERT_EQ(pairs.size(), 31U);
  std::map<std::pair<std::size_t, std::size_t>, int> counts;
  int firsts = 0;
  for (const auto& pair : pairs) {
    ++counts[std::minmax(pair.first.system, pair.second.system)];
    firsts += pair.first.system < pair.second.system ? 1 : 0;
  }
  EXPECT_EQ(counts.size(), 3U);
  for (const auto& [systems, count] : counts) {
    EXPECT_GE(count, 10);
    EXPECT_LE(count, 11);
  }
  EXPECT_GT(firsts, 5) << "sides are random";
  EXPECT_LT(firsts, 26);
}

TEST(ListeningPairs, PiecesOfOneNameAreCompared) {
  const auto systems = three_systems();
  for (const auto& pair : draw_listening_pairs(systems, 30, 2)) {
    const auto& first = systems[pair.first.system];
    const auto& second = systems[pair.second.system];
    if (first.name == "c" || second.name == "c") continue;
    EXPECT_EQ(first.pieces[pair.first.piece], second.pieces[pair.second.piece]);
  }
}

TEST(ListeningPairs, TheSeedChooses) {
  const auto order = [](std::uint64_t seed) {
    std::vector<std::size_t> list;
    for (const auto& pair : draw_listening_pairs(three_systems(), 20, seed)) {
      list.insert(list.end(), {pair.first.system, pair.first.piece, pair.second.piece});
    }
    return list;
  };
  EXPECT_EQ(order(1), order(1));
  EXPECT_NE(order(1), order(2));
}

}  // namespace
}  // namespace pno::eval
