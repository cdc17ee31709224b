#include "corpus/sources/sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "corpus/sources/sources_test_fixture.h"

namespace pno::corpus {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(FindSources, SearchesFoldersToTheBottom) {
  folder_.write("b.MIDI", "x");
  folder_.write("a/x/y/z.kar", "x");
  folder_.write("a/notes.txt", "x");
  folder_.write("a/._z.mid", "x");
  EXPECT_THAT(names_of(find({""})), ElementsAre("a/x/y/z.kar", "b.MIDI"));
}

TEST_F(FindSources, TakesANamedFileWhateverItsName) {
  folder_.write("tune", "x");
  EXPECT_THAT(names_of(find({"tune"})), ElementsAre("tune"));
}

TEST_F(FindSources, OrdersByTheBytesOfTheNames) {
  for (const char* name : {"b.mid", "B.mid", "a/c.mid", "a.mid", "a b.mid"})
    folder_.write(name, "x");
  const std::vector<std::string> expected = {"B.mid", "a b.mid", "a.mid", "a/c.mid", "b.mid"};
  EXPECT_EQ(names_of(find({""})), expected);
  EXPECT_EQ(names_of(find({"b.mid", "a", "a.mid", "a b.mid", "B.mid"})), expected);
}

TEST_F(FindSources, ReadsSourcesGivenTwiceOnce) {
  folder_.write("a/b.mid", "x");
  folder_.write("z.zip", zip_of({{.name = "c.mid", .bytes = "x"}}));
  const auto sources = find({"a", "a/b.mid", "./a/../a", "", "z.zip", "z.zip"});
  EXPECT_THAT(names_of(sources), ElementsAre("a/b.mid", "z.zip/c.mid"));
  EXPECT_THAT(sources.remarks, IsEmpty());
}

TEST_F(FindSources, FollowsSymbolicLinksAndEndsAtLoops) {
  folder_.write("music/a.mid", "x");
  folder_.write("elsewhere/b.mid", "x");
  fs::create_directory_symlink(folder_ / "elsewhere", folder_ / "music/link");
  fs::create_directory_symlink(folder_ / "music", folder_ / "music/loop");
  fs::create_directory_symlink("..", folder_ / "music/up");
  EXPECT_THAT(names_of(find({"music"})), ElementsAre("music/a.mid", "music/link/b.mid"));
}

TEST_F(FindSources, ReadsAFileOfTwoNamesUnderTheFirst) {
  folder_.write("b.mid", "x");
  fs::create_symlink(folder_ / "b.mid", folder_ / "a.mid");
  fs::create_hard_link(folder_ / "b.mid", folder_ / "c.mid");
  const auto sources = find({""});
  EXPECT_THAT(names_of(sources), ElementsAre("a.mid"));
  EXPECT_THAT(remarks_of(sources),
              ElementsAre("b.mid: is the same file as a.mid", "c.mid: is the same file as a.mid"));
}

TEST_F(FindSources, TellsOfALinkToNothing) {
  fs::create_symlink(folder_ / "gone.mid", folder_ / "a.mid");
  EXPECT_THAT(remarks_of(find({""})),
              ElementsAre("a.mid: is a symbolic link to a file that is not there"));
}

TEST_F(FindSources, DoesNotWaitForAPipe) {
  ASSERT_EQ(std::system(("mkfifo '" + (folder_ / "a.mid").string() + "'").c_str()), 0);
  EXPECT_THAT(find({""}).files, IsEmpty());
  ArchiveStore archives({});
  const auto named = find_sources({folder_ / "a.mid"}, archives);
  EXPECT_THAT(named.error().message, HasSubstr("is not a regular file"));
}

TEST_F(FindSources, FailsForASourceThatIsNotThere) {
  ArchiveStore archives({});
  const auto sources = find_sources({folder_ / "gone"}, archives);
  EXPECT_EQ(
      sources.error().message,
      (folder_ / "gone").string() + ": no such file or folder; check the spelling of the path");
}

TEST_F(FindSources, OpensZipsAndZipsInThem) {
  const std::string inner =
      zip_of({{.name = "c.mid", .bytes = "x"}, {.name = "d.txt", .bytes = "x"}});
  const std::string deeper = zip_of({{.name = "deep.zip", .bytes = inner}});
  folder_.write("a/m.zip", zip_of({{.name = "x/", .bytes = ""},
                                   {.name = "x/b.mid", .bytes = "x"},
                                   {.name = "inner.ZIP", .bytes = inner, .deflate = true},
                                   {.name = "deeper.zip", .bytes = deeper}}));
  const auto sources = find({""});
  EXPECT_THAT(names_of(sources), ElementsAre("a/m.zip/inner.ZIP/c.mid", "a/m.zip/x/b.mid"));
  EXPECT_THAT(remarks_of(sources),
              ElementsAre("a/m.zip/deeper.zip/deep.zip: is a zip in a zip in a "
                          "zip; unpack the outermost one"));
}

TEST_F(FindSources, NamesTheCorpusAfterTheZipOrTheFolder) {
  const std::string zip = zip_of({{.name = "x.mid", .bytes = "x"}});
  folder_.write("songs/a.mid", "x");
  folder_.write("songs/deep/b.mid", "x");
  folder_.write("songs/deep/pop.v2.zip",
                zip_of({{.name = "c.mid", .bytes = "x"}, {.name = "inner.zip", .bytes = zip}}));
  folder_.write("songs/deep/z.mid", "x");
  folder_.write("other/d.mid", "x");
  const auto sources = find({"songs", "other/d.mid"});
  std::vector<std::string> corpora;
  for (const auto& file : sources.files) {
    corpora.push_back(local(file.location.name) + " of " +
                      sources.corpora[static_cast<std::size_t>(file.corpus)]);
  }
  EXPECT_THAT(
      corpora,
      ElementsAre("other/d.mid of other", "songs/a.mid of songs", "songs/deep/b.mid of songs",
                  "songs/deep/pop.v2.zip/c.mid of pop.v2",
                  "songs/deep/pop.v2.zip/inner.zip/x.mid of pop.v2", "songs/deep/z.mid of songs"));
  EXPECT_EQ(find({"songs/"}).corpora[0], "songs");
}

TEST_F(FindSources, KnowsANamedZipByItsContent) {
  folder_.write("download", zip_of({{.name = "c.mid", .bytes = "x"}}));
  EXPECT_THAT(names_of(find({"download"})), ElementsAre("download/c.mid"));
}

TEST_F(FindSources, GoesOnAfterAZipThatCannotBeRead) {
  folder_.write("a.zip", "not a zip");
  folder_.write("b.mid", "x");
  const auto sources = find({""});
  EXPECT_THAT(names_of(sources), ElementsAre("b.mid"));
  EXPECT_THAT(remarks_of(sources), ElementsAre(HasSubstr("a.zip: is not a zip archive")));
}

TEST_F(FindSources, SayWhatAnArchiveIsThatTheyDoNotOpen) {
  folder_.write("a.mid", "x");
  folder_.write("songs.tar.gz", "\x1F\x8B\x08");
  folder_.write("b/more.7z", "7z\xBC\xAF\x27\x1C");
  folder_.write("c.rar", "Rar!\x1A\x07\x01");
  std::string tar(257, 'x');
  tar += "ustar";
  folder_.write("z.zip", zip_of({{.name = "inner.tar", .bytes = tar}}));
  folder_.write("empty.gz", "");
  EXPECT_THAT(remarks_of(find({""})),
              testing::UnorderedElementsAre(
                  "songs.tar.gz: is a gzip archive (.gz, .tar.gz); unpack it first",
                  "b/more.7z: is a 7-Zip archive; unpack it first",
                  "c.rar: is a RAR archive; unpack it first",
                  "z.zip/inner.tar: is a tar archive; unpack it first"));
}

TEST_F(FindSources, TakesTheLicenceNearestAbove) {
  folder_.write("LICENSE", "MIT License\n");
  folder_.write("a.mid", "x");
  folder_.write("m/LICENSE.md", "# CC BY 4.0\n");
  folder_.write("m/x/b.mid", "x");
  folder_.write("z.zip", zip_of({{.name = "top/c.mid", .bytes = "x"},
                                 {.name = "top/LICENSE", .bytes = "CC0"}}));
  const auto sources = find({""});
  ASSERT_THAT(names_of(sources), ElementsAre("a.mid", "m/x/b.mid", "z.zip/top/c.mid"));
  std::vector<std::string> licences;
  for (const auto& file : sources.files) {
    licences.push_back(sources.licences.at(static_cast<std::size_t>(file.licence)));
  }
  EXPECT_THAT(licences, ElementsAre("MIT License", "CC BY 4.0", "CC0"));
}

TEST_F(FindSources, LeavesFilesElsewhereAloneWithTheNotesOfTheWorkingFolder) {
  folder_.write("here/a.mid", "x");
  folder_.write("here/LICENSE", "CC0");
  folder_.write("b.mid", "y");
  const auto before = fs::current_path();
  fs::current_path(folder_ / "here");
  ArchiveStore archives({});
  const auto sources = find_sources({".", "../b.mid"}, archives);
  fs::current_path(before);
  ASSERT_EQ(sources->files.size(), 2U);
  EXPECT_EQ(sources->files[0].location.name, "../b.mid");
  EXPECT_EQ(sources->files[0].licence, kNone);
  EXPECT_EQ(sources->files[1].location.name, "a.mid");
  EXPECT_EQ(sources->files[1].licence, 0);
}

}  // namespace
}  // namespace pno::corpus
