#include "corpus/prepare/music_sums.h"

#include <gtest/gtest.h>

#include <vector>

namespace pno::corpus {
namespace {

using events::PlainNote;

TEST(MusicSums, AreZeroWithoutNotes) {
  const MusicSums sums;
  EXPECT_EQ(sums.notes_per_second(), 0);
  EXPECT_EQ(sums.mean_sounding(), 0);
  EXPECT_EQ(sums.velocity_at(0.5), 0);
  EXPECT_EQ(sums.different_velocities(), 0);
}

TEST(MusicSums, DescribePieces) {
  MusicSums sums;
  sums.add(std::vector<PlainNote>{{0, 1'000'000, 60, 10},
                                  {0, 500'003, 64, 20},
                                  {1'000'001, 999'999, 60, 30},
                                  {1'003'456, 2, 61, 30}});
  EXPECT_EQ(sums.pieces, 1);
  EXPECT_EQ(sums.notes, 4);
  EXPECT_EQ(sums.length_us, 2'000'000);
  EXPECT_DOUBLE_EQ(sums.notes_per_second(), 2);
  EXPECT_NEAR(sums.mean_sounding(), 1.25, 1e-5);
  EXPECT_EQ(sums.velocity_at(0), 10);
  EXPECT_EQ(sums.velocity_at(0.25), 10);
  EXPECT_EQ(sums.velocity_at(0.5), 20);
  EXPECT_EQ(sums.velocity_at(0.51), 30);
  EXPECT_EQ(sums.velocity_at(1), 30);
  EXPECT_EQ(sums.different_velocities(), 3);
  EXPECT_EQ(sums.even_pieces, 0);
  EXPECT_EQ(sums.grid_pieces, 0);

  std::vector<PlainNote> score;
  for (int i = 0; i < 40; ++i) score.push_back({i * 250'000, 250'000, 60, 64});
  MusicSums other;
  other.add(score);
  EXPECT_EQ(other.even_pieces, 1);
  EXPECT_EQ(other.grid_pieces, 1);
  other.pedalled_notes = 7;
  sums.add(other);
  EXPECT_EQ(sums.pieces, 2);
  EXPECT_EQ(sums.notes, 44);
  EXPECT_EQ(sums.length_us, 12'000'000);
  EXPECT_EQ(sums.velocities[64], 40);
  EXPECT_EQ(sums.pedalled_notes, 7);
  EXPECT_EQ(sums.even_pieces, 1);
  EXPECT_EQ(sums.grid_pieces, 1);
}

}  // namespace
}  // namespace pno::corpus
