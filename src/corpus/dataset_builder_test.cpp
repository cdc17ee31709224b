#include "corpus/dataset_builder.h"

#include <gtest/gtest.h>

#include <numeric>

#include "corpus/test_files.h"

namespace pno::corpus {
namespace {

TEST(Column, KeepsItsValuesAsItGrows) {
  Column<std::uint32_t> column;
  EXPECT_TRUE(column.values().empty());
  for (std::uint32_t i = 0; i < 100'000; ++i) column.push_back(i);
  std::vector<std::uint32_t> expected(100'000);
  std::iota(expected.begin(), expected.end(), 0U);
  EXPECT_TRUE(std::ranges::equal(column.values(), expected));
}

TEST(DatasetBuilder, WritesTheBytesThatWriteDatasetWrites) {
  const TestFolder folder;
  std::vector<Piece> pieces;
  DatasetBuilder builder;
  for (std::uint64_t i = 0; i < 3; ++i) {
    Piece piece;
    piece.info.title = fmt::format("\"{}\"", i);
    piece.info.source = "a.mid";
    piece.notes = events::plain_notes(tune(i));
    piece.info.hash = content_hash(piece.notes);
    builder.add(piece.notes);
    pieces.push_back(std::move(piece));
  }
  ASSERT_TRUE(write_dataset(folder / "a.notes", pieces).has_value());
  const auto info = [&](std::size_t piece) { return pieces[piece].info; };
  ASSERT_TRUE(builder.write(folder / "b.notes", info).has_value());
  EXPECT_EQ(read_bytes(folder / "b.notes"), read_bytes(folder / "a.notes"));
}

}  // namespace
}  // namespace pno::corpus
