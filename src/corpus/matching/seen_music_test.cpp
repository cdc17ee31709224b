#include "corpus/matching/seen_music.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "corpus/test_files.h"

namespace pno::corpus {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A piece of 100 notes that only the same number has.
Piece piece(std::uint64_t number, const std::string& title, Split split) {
  RandomStream random(number, 0);
  Piece piece;
  for (int i = 0; i < 100; ++i) {
    piece.notes.push_back({.start_us = 100'000 * i,
                           .length_us = 50'000,
                           .pitch = static_cast<std::uint8_t>(21 + random.below(88)),
                           .velocity = 64});
  }
  piece.info.title = title;
  piece.info.composer = title.empty() ? "" : "Bach";
  piece.info.source = fmt::format("{}.mid", number);
  piece.info.hash = content_hash(piece.notes);
  piece.info.split = split;
  return piece;
}

class SeenMusic : public testing::Test {
 protected:
  Dataset dataset(const std::string& name, const std::vector<Piece>& pieces) {
    EXPECT_TRUE(write_dataset(folder_ / name, pieces));
    return *Dataset::open(folder_ / name);
  }

  TestFolder folder_;
};

TEST_F(SeenMusic, IsFoundAcrossDatasets) {
  const auto evaluated = dataset(
      "a.notes", {piece(1, "Air", Split::validation), piece(2, "Bourree", Split::validation),
                  piece(3, "Chaconne", Split::train)});
  const auto other =
      dataset("b.notes", {piece(9, "Duet", Split::train), piece(2, "Second Bourree", Split::train),
                          piece(1, "Air", Split::test)});
  const Dataset* both[] = {&evaluated, &other};
  const auto seen = find_seen_music(both, evaluated, Split::validation, 1);
  ASSERT_TRUE(seen.has_value());
  ASSERT_EQ(seen->size(), 1U) << "a test piece of another dataset is not trained on";
  EXPECT_EQ(seen->front().name, "Bach: Bourree");
  EXPECT_EQ(seen->front().training_name, "Bach: Second Bourree");
  EXPECT_DOUBLE_EQ(seen->front().share, 1);
  EXPECT_THAT(seen_music_warning(*seen, evaluated, Split::validation),
              AllOf(HasSubstr("1 of 2 validation pieces of "), HasSubstr("a.notes"),
                    HasSubstr("Bach: Bourree (trained on as Bach: Second Bourree)")));
}

TEST_F(SeenMusic, IsNothingForCleanSplits) {
  const auto data =
      dataset("a.notes", {piece(1, "Air", Split::validation), piece(2, "Bourree", Split::train)});
  const Dataset* training[] = {&data};
  const auto seen = find_seen_music(training, data, Split::validation, 1);
  ASSERT_TRUE(seen.has_value());
  EXPECT_THAT(*seen, IsEmpty());
  EXPECT_EQ(seen_music_warning(*seen, data, Split::validation), "");
}

TEST_F(SeenMusic, NamesAFewPiecesAndCountsTheOthers) {
  std::vector<Piece> pieces;
  for (std::uint64_t i = 0; i < 5; ++i) {
    pieces.push_back(piece(i, fmt::format("Air {}", i), Split::test));
    // The copy begins later, so that it is another performance.
    auto copy = piece(i, fmt::format("Air {}", i), Split::train);
    for (auto& note : copy.notes) note.start_us += 1'000;
    copy.info.hash = content_hash(copy.notes);
    pieces.push_back(copy);
  }
  const auto data = dataset("a.notes", pieces);
  const Dataset* training[] = {&data};
  const auto seen = find_seen_music(training, data, Split::test, 1);
  ASSERT_TRUE(seen.has_value());
  EXPECT_THAT(seen_music_warning(*seen, data, Split::test),
              AllOf(HasSubstr("5 of 5 test pieces"), HasSubstr("Bach: Air 0; Bach: Air 1"),
                    HasSubstr("2 more"), Not(HasSubstr("Air 3"))));
}

TEST(PieceName, IsComposerAndTitleOrTheFile) {
  EXPECT_EQ(piece_name({.title = "Air", .composer = "Bach", .source = "a.mid"}), "Bach: Air");
  EXPECT_EQ(piece_name({.title = "Air", .source = "a.mid"}), "Air");
  EXPECT_EQ(piece_name({.composer = "Bach", .source = "a.mid"}), "a.mid");
}

}  // namespace
}  // namespace pno::corpus
