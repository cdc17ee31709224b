#include "corpus/matching/overlap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/interrupt.h"
#include "base/random.h"

namespace pno::corpus {
namespace {

using testing::IsEmpty;

using Pitches = std::vector<std::uint8_t>;
using Shares = std::map<std::pair<std::size_t, std::size_t>, double>;

// The columns of pieces of single notes, 100 ms apart.
struct Columns {
  std::vector<std::int64_t> start_us;
  std::vector<std::size_t> piece_first = {0};
  Pitches pitch;

  explicit Columns(const std::vector<Pitches>& pieces) {
    for (const auto& piece : pieces) {
      for (std::size_t i = 0; i < piece.size(); ++i) {
        start_us.push_back(static_cast<std::int64_t>(i) * 100'000);
        pitch.push_back(piece[i]);
      }
      piece_first.push_back(pitch.size());
    }
  }

  MusicList list() const {
    MusicList pieces;
    for (std::size_t i = 0; i + 1 < piece_first.size(); ++i) {
      const std::size_t first = piece_first[i], count = piece_first[i + 1] - first;
      pieces.push_back({.number = i,
                        .onsets = {std::span(start_us).subspan(first, count),
                                   std::span(pitch).subspan(first, count)}});
    }
    return pieces;
  }
};

Shares shares_of(const MusicList& a, const MusicList& b, const OverlapOptions& options = {}) {
  Shares shares;
  const auto found = find_overlap(
      a, b, options,
      [&](const MusicMatch& match) {
        shares[{match.a, match.b}] = match.share;
      },
      nullptr);
  EXPECT_TRUE(found.has_value());
  return shares;
}

Shares shares_of(const std::vector<Pitches>& a, const std::vector<Pitches>& b,
                 const OverlapOptions& options = {}) {
  const Columns columns_a(a), columns_b(b);
  return shares_of(columns_a.list(), columns_b.list(), options);
}

Shares shares_within(const MusicList& list, const OverlapOptions& options = {}) {
  Shares shares;
  const auto found = find_overlap_within(
      list, options,
      [&](const MusicMatch& match) {
        EXPECT_LT(match.a, match.b);
        EXPECT_TRUE(shares.emplace(std::pair(match.a, match.b), match.share).second) << "twice";
      },
      nullptr);
  EXPECT_TRUE(found.has_value());
  return shares;
}

// Pitches over the whole keyboard: chance makes no two 7-grams alike.
Pitches random_pitches(std::uint64_t seed, int count, int keys = 88) {
  RandomStream random(seed, 1);
  Pitches pitches;
  for (int i = 0; i < count; ++i) {
    pitches.push_back(static_cast<std::uint8_t>(21 + random.below(static_cast<unsigned>(keys))));
  }
  return pitches;
}

Pitches joined(Pitches a, const Pitches& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Pitches transposed(Pitches pitches, int semitones) {
  for (auto& pitch : pitches) pitch = static_cast<std::uint8_t>(pitch + semitones);
  return pitches;
}

TEST(Overlap, OfAPieceWithItselfIsWhole) {
  const auto piece = random_pitches(1, 200);
  EXPECT_EQ(shares_of({piece}, {piece}), (Shares{{{0, 0}, 1.0}}));
}

TEST(Overlap, OfOtherMusicIsNothing) {
  EXPECT_THAT(shares_of({random_pitches(1, 500)}, {random_pitches(2, 500)}), IsEmpty());
}

TEST(Overlap, DoesNotSeeAcrossATransposition) {
  const auto piece = random_pitches(1, 300, 80);
  EXPECT_THAT(shares_of({piece}, {transposed(piece, 1)}), IsEmpty());
}

TEST(Overlap, IsTheShareOfTheSmallerPiece) {
  const auto first = random_pitches(1, 206), second = random_pitches(2, 306);
  const auto whole = joined(first, second);
  // 206 notes have 200 grams, all of which the whole has.
  EXPECT_EQ(shares_of({first, second}, {whole}), (Shares{{{0, 0}, 1.0}, {{1, 0}, 1.0}}));
  // Of 94 + 6 common notes 94 grams, of the smaller piece's 200 + 100 - 6.
  const Pitches part(second.begin(), second.begin() + 100);
  const auto shares = shares_of({joined(part, first)}, {second}, {.threshold = 0.01});
  ASSERT_EQ(shares.size(), 1U);
  EXPECT_DOUBLE_EQ(shares.begin()->second, 94.0 / 300);
}

TEST(Overlap, FallsWithWrongNotes) {
  // Each wrong note spoils seven grams.
  const auto piece = random_pitches(3, 1006);
  auto played = piece;
  for (std::size_t i = 50; i < played.size(); i += 100) played[i] = 20;
  const auto shares = shares_of({piece}, {played});
  ASSERT_EQ(shares.size(), 1U);
  EXPECT_DOUBLE_EQ(shares.begin()->second, (1000.0 - 7 * 10) / 1000);
}

TEST(Overlap, OfAPieceWithFewGramsCountsFromOneHalf) {
  const auto theme = random_pitches(4, 20 + 6);  // 20 grams
  const auto other = random_pitches(5, 300);
  const auto begin_of = [&](std::size_t grams) {
    return joined(Pitches(theme.begin(), theme.begin() + static_cast<std::ptrdiff_t>(grams) + 6),
                  other);
  };
  EXPECT_EQ(shares_of({theme}, {begin_of(10)}), (Shares{{{0, 0}, 0.5}}));
  EXPECT_THAT(shares_of({theme}, {begin_of(9)}), IsEmpty());
  EXPECT_THAT(shares_of({begin_of(9)}, {theme}), IsEmpty());
  // With 50 grams the usual threshold holds.
  const auto longer = joined(theme, random_pitches(6, 30));
  EXPECT_EQ(shares_of({longer}, {begin_of(9)}), (Shares{{{0, 0}, 9.0 / 50}}));
  Pitches shorter = longer;
  shorter.pop_back();
  EXPECT_THAT(shares_of({shorter}, {begin_of(9)}), IsEmpty());
}

TEST(Overlap, OfFewerThanSevenNotesIsNothing) {
  const Pitches few = {60, 62, 64, 65, 67, 69};
  EXPECT_THAT(shares_of({few}, {few}), IsEmpty());
  EXPECT_THAT(shares_of({few}, {random_pitches(1, 100)}), IsEmpty());
}

TEST(Overlap, ComparesOnlyThePiecesOfTheLists) {
  const Columns columns({random_pitches(1, 100), random_pitches(2, 100), random_pitches(3, 100)});
  const auto all = columns.list();
  MusicList some = {all[2], all[0]};
  EXPECT_EQ(shares_of(all, some), (Shares{{{0, 0}, 1.0}, {{2, 2}, 1.0}}));
  some.clear();
  EXPECT_THAT(shares_of(all, some), IsEmpty());
  EXPECT_THAT(shares_within(some), IsEmpty());
}

// Pieces on few keys, so that all share grams, with passages of each other.
std::vector<Pitches> related_pieces(std::uint64_t seed, int pieces) {
  RandomStream random(seed, 9);
  std::vector<Pitches> all;
  for (int i = 0; i < pieces; ++i) {
    auto piece = random_pitches(seed * 1000 + static_cast<std::uint64_t>(i),
                                static_cast<int>(10 + random.below(200)), /*keys=*/3);
    if (i > 0 && random.below(2) == 0) {
      const auto& other = all[random.below(static_cast<unsigned>(i))];
      piece = joined(piece, Pitches(other.begin() + static_cast<std::ptrdiff_t>(other.size() / 3),
                                    other.end()));
    }
    if (random.below(4) == 0) piece = Pitches(60, 60);  // one note, again and again
    all.push_back(std::move(piece));
  }
  return all;
}

// The definition, pair by pair.
Shares slow_shares(const std::vector<Pitches>& a, const std::vector<Pitches>& b, double threshold) {
  const auto sets_of = [](const std::vector<Pitches>& pieces) {
    const Columns columns(pieces);
    std::vector<std::vector<Gram>> sets;
    GramReader reader;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const auto grams = reader.read(columns.list()[i].onsets);
      sets.emplace_back(grams.begin(), grams.end());
    }
    return sets;
  };
  const auto sets_a = sets_of(a), sets_b = sets_of(b);
  Shares shares;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t k = 0; k < b.size(); ++k) {
      std::vector<Gram> both;
      std::ranges::set_intersection(sets_a[i], sets_b[k], std::back_inserter(both));
      const std::size_t smaller = std::min(sets_a[i].size(), sets_b[k].size());
      if (smaller == 0) continue;
      const double share = static_cast<double>(both.size()) / static_cast<double>(smaller);
      if (share >= (smaller < 50 ? std::max(threshold, 0.5) : threshold)) shares[{i, k}] = share;
    }
  }
  return shares;
}

TEST(Overlap, EqualsTheDefinitionHoweverItIsComputed) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto a = related_pieces(seed, 40), b = related_pieces(seed + 10, 25);
    for (const double threshold : {0.05, 0.2, 0.7}) {
      const auto expected = slow_shares(a, b, threshold);
      ASSERT_FALSE(expected.empty());
      for (const std::size_t common : {1, 3, 10, 1000}) {
        for (const std::size_t memory : {1, 500, 1'000'000}) {
          for (const int threads : {1, 3}) {
            const OverlapOptions options{.threshold = threshold,
                                         .threads = threads,
                                         .grams_in_memory = memory,
                                         .common_gram_pieces = common};
            EXPECT_EQ(shares_of(a, b, options), expected);
            if (threads == 1) continue;
            Shares mirrored;
            for (const auto& [pair, share] : expected) {
              mirrored[{pair.second, pair.first}] = share;
            }
            EXPECT_EQ(shares_of(b, a, options), mirrored);
          }
        }
      }
    }
  }
}

TEST(Overlap, WithinAListHasEachPairOnce) {
  const auto pieces = related_pieces(7, 50);
  Shares expected;
  for (const auto& [pair, share] : slow_shares(pieces, pieces, kSameMusicShare)) {
    if (pair.first < pair.second) expected[pair] = share;
  }
  ASSERT_GT(expected.size(), 20U);
  const Columns columns(pieces);
  auto list = columns.list();
  for (const std::size_t memory : {100, 2'000, 1'000'000}) {
    EXPECT_EQ(shares_within(list, {.grams_in_memory = memory}), expected);
  }
  std::reverse(list.begin(), list.end());
  EXPECT_EQ(shares_within(list), expected) << "whatever the order of the pieces";
}

TEST(Overlap, CallsInOneOrderOnAnyNumberOfThreads) {
  const Columns columns(related_pieces(8, 80));
  const auto order_of = [&](int threads) {
    std::vector<std::pair<std::size_t, std::size_t>> order;
    const auto found = find_overlap_within(
        columns.list(), {.threads = threads},
        [&](const MusicMatch& match) { order.emplace_back(match.a, match.b); }, nullptr);
    EXPECT_TRUE(found.has_value());
    return order;
  };
  const auto order = order_of(1);
  ASSERT_GT(order.size(), 20U);
  EXPECT_EQ(order_of(4), order);
}

TEST(Overlap, CountsThePairsByTheirShare) {
  // 100 grams each; the second has the first 30 of the first, the third is the first.
  const auto piece = random_pitches(1, 106);
  const auto partly = joined(Pitches(piece.begin(), piece.begin() + 36), random_pitches(2, 70));
  const Columns columns({piece, partly, piece, random_pitches(3, 106)});
  const auto shares = find_overlap_within(
      columns.list(), {}, [](const MusicMatch&) {}, nullptr);
  ASSERT_TRUE(shares.has_value());
  ShareCounts expected{};
  expected[30] = 2;
  expected[100] = 1;
  EXPECT_EQ(*shares, expected);
}

TEST(Overlap, EndsIfInterrupted) {
  const Columns columns(related_pieces(1, 20));
  set_interrupted(true);
  const auto found = find_overlap_within(
      columns.list(), {}, [](const MusicMatch&) {}, nullptr);
  set_interrupted(false);
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().kind, Error::Kind::interrupted);
}

TEST(Overlap, TellsHowFarItIs) {
  const Columns columns(related_pieces(1, 50));
  std::int64_t last = 0, all = 0;
  const auto found = find_overlap_within(
      columns.list(), {.grams_in_memory = 1'000}, [](const MusicMatch&) {},
      [&](std::int64_t done, std::int64_t total) {
        EXPECT_GE(done, last);
        last = done;
        all = total;
      });
  ASSERT_TRUE(found.has_value());
  EXPECT_GT(all, 50);
  EXPECT_EQ(last, all);
}

}  // namespace
}  // namespace pno::corpus
