#include "corpus/prepare/loaded_music.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "corpus/dataset.h"
#include "corpus/test_files.h"

namespace pno::corpus {
namespace {

using testing::HasSubstr;

std::vector<events::PlainNote> notes_of_tune(std::uint64_t number) {
  return events::plain_notes(tune(number));
}

TEST(LoadMusic, ReadsFoldersZipsAndDatasetsInOrder) {
  const TestFolder folder;
  folder.write("music/b.mid", tune_midi(2));
  folder.write("music/a.mid", tune_midi(1));
  folder.write("music.zip", zip_of({{.name = "c.mid", .bytes = tune_midi(3)}}));
  Piece piece;
  piece.info.title = "a title";
  piece.notes = notes_of_tune(4);
  piece.info.hash = content_hash(piece.notes);
  const std::vector<Piece> pieces = {piece};
  ASSERT_TRUE(write_dataset(folder / "d.notes", pieces));

  const auto music = load_music({folder / "d.notes", folder / "music", folder / "music.zip"}, {});
  ASSERT_TRUE(music.has_value()) << music.error().message;
  ASSERT_EQ(music->pieces.size(), 4U);
  std::size_t at_a = music->pieces.size();
  for (std::size_t i = 0; i < 3; ++i) {
    if (music->pieces[i].info.source.ends_with("a.mid")) at_a = i;
  }
  ASSERT_LT(at_a, 2U);
  EXPECT_THAT(music->pieces[at_a + 1].info.source, HasSubstr("b.mid"));
  EXPECT_EQ(music->pieces[at_a].notes.size(), notes_of_tune(1).size());
  EXPECT_EQ(music->pieces[3].info.title, "a title");
  EXPECT_EQ(music->pieces[3].notes, piece.notes);
  EXPECT_TRUE(music->skipped.empty());
}

TEST(LoadMusic, SkipsBadFilesAndFailsIfNoneIsLeft) {
  const TestFolder folder;
  folder.write("mixed/bad.mid", "not MIDI");
  folder.write("mixed/good.mid", tune_midi(1));
  const auto mixed = load_music({folder / "mixed"}, {});
  ASSERT_TRUE(mixed.has_value());
  EXPECT_EQ(mixed->pieces.size(), 1U);
  ASSERT_EQ(mixed->skipped.size(), 1U);
  EXPECT_THAT(mixed->skipped[0].file, HasSubstr("bad.mid"));

  folder.write("bad/bad.mid", "not MIDI");
  const auto bad = load_music({folder / "bad"}, {});
  ASSERT_FALSE(bad.has_value());
  EXPECT_THAT(bad.error().message, HasSubstr("none of 1 files can be used; the first, "));

  EXPECT_FALSE(load_music({folder / "missing"}, {}).has_value());
  std::filesystem::create_directory(folder / "empty");
  const auto empty = load_music({folder / "empty"}, {});
  ASSERT_FALSE(empty.has_value());
  EXPECT_THAT(empty.error().message, HasSubstr("has no music"));
}

}  // namespace
}  // namespace pno::corpus
