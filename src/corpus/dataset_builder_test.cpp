#include "corpus/dataset_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "corpus/test_files.h"

namespace pno::corpus {
namespace {

// In memory, or with all but the last pieces on the disk.
TEST(DatasetBuilder, WritesTheBytesThatWriteDatasetWrites) {
  const TestFolder folder;
  std::vector<Piece> pieces;
  DatasetBuilder in_memory(folder / "b.notes"), on_disk(folder / "c.notes", 1);
  for (std::uint64_t i = 0; i < 3; ++i) {
    Piece piece;
    piece.info.title = fmt::format("\"{}\"", i);
    piece.info.source = "a.mid";
    piece.notes = events::plain_notes(tune(i));
    piece.info.hash = content_hash(piece.notes);
    ASSERT_TRUE(in_memory.add(piece.notes).has_value());
    ASSERT_TRUE(on_disk.add(piece.notes).has_value());
    pieces.push_back(std::move(piece));
  }
  ASSERT_TRUE(write_dataset(folder / "a.notes", pieces).has_value());
  const auto info = [&](std::size_t piece) { return pieces[piece].info; };
  ASSERT_TRUE(in_memory.write(info).has_value());
  ASSERT_TRUE(on_disk.write(info).has_value());
  EXPECT_EQ(read_bytes(folder / "b.notes"), read_bytes(folder / "a.notes"));
  EXPECT_EQ(read_bytes(folder / "c.notes"), read_bytes(folder / "a.notes"));
}

// Of five pieces, in memory and with some on the disk; the second has parts.
TEST(DatasetBuilder, KeepsOnlySomePieces) {
  const TestFolder folder;
  for (const std::size_t notes_in_memory : {1, 50, 1'000}) {
    for (const std::vector<bool>& stays : {std::vector<bool>{true, true, false, true, false},
                                           {false, false, true, true, true},
                                           {false, true, false, false, false},
                                           {true, true, true, true, true}}) {
      DatasetBuilder builder(folder / "b.notes", notes_in_memory);
      std::vector<Piece> kept;
      for (std::uint64_t i = 0; i < stays.size(); ++i) {
        Piece piece;
        piece.info.source = fmt::format("{}.mid", i);
        piece.notes = events::plain_notes(tune(i));
        if (i == 1) {
          piece.info.parts = {"left", "right"};
          piece.notes[3].part = 1;
        }
        piece.info.hash = content_hash(piece.notes);
        ASSERT_TRUE(builder.add(piece.notes).has_value());
        if (stays[i]) kept.push_back(std::move(piece));
      }
      ASSERT_TRUE(builder.keep_only(stays).has_value());
      ASSERT_EQ(builder.pieces(), kept.size());
      const auto all = builder.all_rows();
      ASSERT_TRUE(all.has_value());
      EXPECT_EQ(builder.rows_of(*all, 0).pitch[5], kept[0].notes[5].pitch);
      ASSERT_TRUE(builder.write([&](std::size_t i) { return kept[i].info; }).has_value());
      ASSERT_TRUE(write_dataset(folder / "a.notes", kept).has_value());
      EXPECT_EQ(read_bytes(folder / "b.notes"), read_bytes(folder / "a.notes"));
    }
  }
}

TEST(DatasetBuilder, SaysWhereItCannotKeepItsNotes) {
  DatasetBuilder builder("/no/such/folder/a.notes", 1);
  const auto added = builder.add(events::plain_notes(tune(1)));
  ASSERT_FALSE(added.has_value());
  EXPECT_THAT(added.error().message, testing::StartsWith("/no/such/folder/a.notes: cannot keep"));
}

TEST(DatasetBuilder, LeavesOutAPieceThatItRefuses) {
  const TestFolder folder;
  const auto good = events::plain_notes(tune(1));
  auto bad = good;
  bad.back().pitch = 200;
  DatasetBuilder builder(folder / "a.notes"), without(folder / "b.notes");
  ASSERT_TRUE(builder.add(good).has_value());
  EXPECT_FALSE(builder.add(bad).has_value());
  EXPECT_FALSE(builder.add({}).has_value());
  EXPECT_EQ(builder.pieces(), 1U);
  ASSERT_TRUE(without.add(good).has_value());
  const auto info = [&](std::size_t) { return PieceInfo{.hash = content_hash(good)}; };
  ASSERT_TRUE(builder.write(info).has_value());
  ASSERT_TRUE(without.write(info).has_value());
  EXPECT_EQ(read_bytes(folder / "a.notes"), read_bytes(folder / "b.notes"));
}

TEST(DatasetBuilder, RefusesWhatDatasetOpenRefuses) {
  const TestFolder folder;
  DatasetBuilder builder(folder / "a.notes");
  const auto write = [&](std::string hash) {
    return builder.write([&](std::size_t) { return PieceInfo{.source = "a.mid", .hash = hash}; });
  };
  EXPECT_FALSE(write("").has_value()) << "no pieces";
  ASSERT_TRUE(builder.add(events::plain_notes(tune(1))).has_value());
  for (const auto* hash : {"", "0123", "0123456789ABCDEF", "0123456789abcdefg"}) {
    const auto written = write(hash);
    ASSERT_FALSE(written.has_value()) << hash;
    EXPECT_THAT(written.error().message, testing::HasSubstr("a.mid cannot be stored"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "a.notes"));
}

}  // namespace
}  // namespace pno::corpus
