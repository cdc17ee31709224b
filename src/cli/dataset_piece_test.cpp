#include "cli/dataset_piece.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace pno::cli {
namespace {

using testing::HasSubstr;

// A dataset of pieces of one note, with titles and composers.
class DatasetPiece : public testing::Test {
 protected:
  corpus::Dataset dataset(const std::vector<std::pair<std::string, std::string>>& names) {
    std::vector<corpus::Piece> pieces;
    for (const auto& [composer, title] : names) {
      const auto pitch = static_cast<std::uint8_t>(60 + pieces.size());
      const std::vector<events::PlainNote> notes = {
          {.start_us = 5, .length_us = 1000, .pitch = pitch, .velocity = 80}};
      pieces.push_back({.info = {.title = title,
                                 .composer = composer,
                                 .source = title + ".mid",
                                 .hash = corpus::content_hash(notes)},
                        .notes = notes});
    }
    const auto written = corpus::write_dataset(path_, pieces);
    EXPECT_TRUE(written) << written.error().message;
    auto opened = corpus::Dataset::open(path_);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  static std::string complaint(const corpus::Dataset& dataset, const std::string& wanted) {
    const auto found = find_piece(dataset, wanted);
    if (found) return "";
    EXPECT_EQ(found.error().kind, Error::Kind::usage);
    return found.error().message;
  }

 private:
  std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) / fmt::format("dataset-piece-{}.notes", ::getpid());
};

TEST_F(DatasetPiece, IsFoundByItsNumberOrAPartOfItsName) {
  const auto three = dataset({{"Bach", "Fugue"}, {"Liszt", "Etude 3"}, {"Bach", "Partita"}});
  EXPECT_EQ(find_piece(three, "1"), 0U);
  EXPECT_EQ(find_piece(three, "3"), 2U);
  EXPECT_EQ(find_piece(three, "liszt"), 1U);
  EXPECT_EQ(find_piece(three, "bach: par"), 2U);
  EXPECT_EQ(find_piece(three, "Fugue.mid"), 0U);
}

TEST_F(DatasetPiece, OnlyPieceNeedsNoName) {
  const auto one = dataset({{"Bach", "Fugue"}});
  EXPECT_EQ(find_piece(one, ""), 0U);
  const auto performance = piece_performance(one, 0);
  ASSERT_EQ(performance.notes.size(), 1U);
  EXPECT_EQ(performance.notes[0].pitch, 60);
  EXPECT_EQ(performance.notes[0].key_length_us, 1000U);
}

TEST_F(DatasetPiece, ErrorsSayWhichPiecesThereAre) {
  const auto three = dataset({{"Bach", "Fugue"}, {"Liszt", "Etude 3"}, {"Bach", "Partita"}});
  EXPECT_THAT(complaint(three, ""), HasSubstr("has 3 pieces; choose one with --piece"));
  EXPECT_THAT(complaint(three, "0"), HasSubstr("its pieces are 1 to 3"));
  EXPECT_THAT(complaint(three, "4"), HasSubstr("its pieces are 1 to 3"));
  EXPECT_THAT(complaint(three, "chopin"), HasSubstr("no piece has 'chopin'"));
  const auto several = complaint(three, "bach");
  EXPECT_THAT(several, HasSubstr("2 pieces have 'bach'"));
  EXPECT_THAT(several, HasSubstr("1 Bach"));
  EXPECT_THAT(several, HasSubstr("3 Bach"));
}

}  // namespace
}  // namespace pno::cli
