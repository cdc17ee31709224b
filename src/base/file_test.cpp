#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <vector>

namespace pno {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// A folder of its own for each test.
class File : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "pno_file_test_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path at(const char* name) const { return folder_ / name; }

  fs::path make(const char* name, std::string_view text) const {
    std::ofstream(at(name), std::ios::binary) << text;
    return at(name);
  }

  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_))
      found.push_back(entry.path().filename());
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  fs::path folder_;
};

std::string content(const fs::path& path) {
  const auto text = read_text(path);
  EXPECT_TRUE(text) << text.error().message;
  return text.value_or("");
}

TEST_F(File, MapsTheBytesUnchanged) {
  const std::string text("a\0b\r\n\xff", 6);
  EXPECT_EQ(content(make("binary", text)), text);
}

TEST_F(File, EmptyFileHasNoBytes) {
  const auto file = MappedFile::open(make("empty", ""));
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->bytes().empty());
}

TEST_F(File, MovedMappingKeepsItsBytes) {
  auto first = MappedFile::open(make("a", "first"));
  auto second = MappedFile::open(make("b", "second"));
  ASSERT_TRUE(first && second);
  const auto* address = second->bytes().data();
  *first = std::move(*second);
  EXPECT_EQ(first->bytes().data(), address);
  EXPECT_EQ(first->bytes().size(), 6U);
}

TEST_F(File, CopiesAnyRangeOfADeletedFile) {
  std::string text;
  for (int n = 0; n < 5000; ++n) text += std::to_string(n);
  auto file = MappedFile::open(make("numbers", text));
  ASSERT_TRUE(file);
  fs::remove(at("numbers"));
  const MappedFile moved = std::move(*file);
  for (const std::size_t first : {std::size_t{0}, std::size_t{1}, text.size() - 7, text.size()}) {
    for (const std::size_t count : {std::size_t{0}, std::size_t{7}, std::size_t{12345}}) {
      std::string part(std::min(count, text.size() - first), ' ');
      moved.copy(first, std::as_writable_bytes(std::span(part)));
      EXPECT_EQ(part, text.substr(first, count)) << first << ", " << count;
    }
  }
}

TEST_F(File, MissingFileIsAnError) {
  const auto file = MappedFile::open(at("missing"));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message,
            at("missing").string() +
                ": cannot be read: No such file or directory; check the spelling of the path");
}

TEST_F(File, RefusesToMapAFolder) {
  const auto file = MappedFile::open(at(""));
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, EndsWith("is a folder where a file was expected"));
}

TEST_F(File, RefusesToMapADevice) {
  const auto file = MappedFile::open("/dev/zero");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, StartsWith("/dev/zero: is not a regular file"));
}

TEST_F(File, RefusesAPipeWithoutWaitingForAWriter) {
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_FALSE(MappedFile::open(at("pipe")));
}

TEST_F(File, PathKeepsTheOldBytesUntilCommit) {
  const auto path = make("a", "old");
  auto file = ReplacingFile::create(path);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->write("new, "));
  ASSERT_TRUE(file->write("and longer"));
  EXPECT_EQ(content(path), "old");
  EXPECT_NE(file->aside(), path);
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(content(path), "new, and longer");
  EXPECT_THAT(names(), testing::ElementsAre("a"));
}

TEST_F(File, WithoutCommitNoFileIsLeft) {
  {
    auto file = ReplacingFile::create(at("a"));
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("half"));
    EXPECT_EQ(names().size(), 1U);
  }
  EXPECT_TRUE(names().empty());
}

TEST_F(File, FailedCommitLeavesNoFile) {
  auto file = ReplacingFile::create(at("a"));
  ASSERT_TRUE(file);
  fs::create_directory(at("a"));  // now the rename must fail
  const auto committed = file->commit();
  ASSERT_FALSE(committed);
  EXPECT_THAT(committed.error().message, StartsWith(at("a").string() + ": cannot be written: "));
  EXPECT_THAT(names(), testing::ElementsAre("a"));
  EXPECT_TRUE(fs::is_directory(at("a")));
}

TEST_F(File, MovedWritersDeleteTheirOwnTemporaryFile) {
  {
    auto first = ReplacingFile::create(at("a"));
    auto second = ReplacingFile::create(at("b"));
    ASSERT_TRUE(first && second);
    *first = std::move(*second);
    ASSERT_TRUE(first->write("b"));
    ASSERT_TRUE(first->commit());
  }
  EXPECT_THAT(names(), testing::ElementsAre("b"));
}

TEST_F(File, FullDiskIsAnError) {
  const auto written = replace_file("/dev/full", "no room");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message,
            "/dev/full: cannot be written: No space left on device; free some space and try again");
}

TEST_F(File, WritesToADeviceDirectly) {
  const auto written = replace_file("/dev/null", "into the void");
  EXPECT_TRUE(written) << written.error().message;
  EXPECT_FALSE(fs::is_regular_file("/dev/null"));
}

TEST_F(File, RefusesToOverwriteAFolder) {
  const auto written = replace_file(at(""), "text");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, EndsWith("is a folder; name a file to write"));
}

TEST_F(File, MakeFolderMakesItsParents) {
  ASSERT_TRUE(make_folder(at("a/b/c")));
  EXPECT_TRUE(fs::is_directory(at("a/b/c")));
  EXPECT_TRUE(make_folder(at("a/b/c"))) << "of an existing folder";
}

TEST_F(File, MakeFolderFailsBelowAFile) {
  ASSERT_TRUE(replace_file(at("a"), "text"));
  const auto made = make_folder(at("a/b"));
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("a/b: cannot be made: "));
}

TEST_F(File, MissingFolderIsAnError) {
  const auto written = replace_file(at("missing/a"), "text");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("No such file or directory"));
}

TEST_F(File, ReplacingALinkReplacesItsTarget) {
  make("a", "old");
  fs::create_symlink("a", at("link"));
  ASSERT_TRUE(replace_file(at("link"), "new"));
  EXPECT_TRUE(fs::is_symlink(at("link")));
  EXPECT_EQ(content(at("a")), "new");
}

TEST_F(File, WritingALinkWithoutATargetMakesTheTarget) {
  fs::create_directory(at("folder"));
  fs::create_symlink("b", at("a"));
  fs::create_symlink(fs::path("..") / "a", at("folder/link"));  // to a link
  ASSERT_TRUE(replace_file(at("folder/link"), "new"));
  EXPECT_TRUE(fs::is_symlink(at("folder/link")));
  EXPECT_TRUE(fs::is_symlink(at("a")));
  EXPECT_EQ(content(at("b")), "new");
  fs::create_symlink("circle", at("circle"));
  EXPECT_FALSE(replace_file(at("circle"), "new"));
}

TEST_F(File, ReplacedFileKeepsItsPermissions) {
  const auto path = make("a", "old");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_TRUE(replace_file(path, "new"));
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(File, RefusesToReplaceAWriteProtectedFile) {
  if (::geteuid() == 0) GTEST_SKIP() << "the superuser may write everything";
  const auto path = make("a", "old");
  fs::permissions(path, fs::perms::owner_read);
  const auto written = replace_file(path, "new");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, EndsWith("Permission denied; check its permissions"));
  EXPECT_EQ(content(path), "old");
}

}  // namespace
}  // namespace pno
