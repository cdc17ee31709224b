#include "corpus/sources/zip_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "corpus/test_files.h"

namespace pno::corpus {
namespace {

using testing::HasSubstr;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// The text of the first member, or what the error says.
std::string first_member(const std::string& zip, const UnpackLimits& limits = {}) {
  const auto archive = ZipArchive::open(bytes_of(zip));
  if (!archive) return archive.error().message;
  std::vector<std::byte> member;
  const auto read = archive->read(0, limits, member);
  if (!read) return read.error().message;
  return {reinterpret_cast<const char*>(member.data()), member.size()};
}

const std::string kText = "Music, when soft voices die, vibrates in the memory.";

TEST(ZipArchive, ListsItsEntries) {
  const std::string zip =
      zip_of({{.name = "a/", .bytes = ""}, {.name = "a/ü.mid", .bytes = kText}});
  const auto archive = ZipArchive::open(bytes_of(zip)).value();
  ASSERT_EQ(archive.entries(), 2U);
  EXPECT_TRUE(archive.entry(0)->is_folder());
  EXPECT_EQ(archive.entry(1)->name, "a/ü.mid");
  EXPECT_EQ(archive.entry(1)->size_bytes, kText.size());
  EXPECT_FALSE(archive.entry(2).has_value());
}

TEST(ZipArchive, ReadsMembersOfEveryKind) {
  for (const bool deflate : {false, true}) {
    for (const bool descriptor : {false, true}) {
      EXPECT_EQ(
          first_member(zip_of(
              {{.name = "a", .bytes = kText, .deflate = deflate, .data_descriptor = descriptor}})),
          kText);
    }
    EXPECT_EQ(
        first_member(zip_of({{.name = "a", .bytes = kText, .deflate = deflate, .zip64 = true}})),
        kText);
  }
}

TEST(ZipArchive, ReadsAnEmptyMemberAndAnEmptyArchive) {
  EXPECT_EQ(first_member(zip_of({{.name = "a", .bytes = ""}})), "");
  EXPECT_EQ(ZipArchive::open(bytes_of(zip_of({})))->entries(), 0U);
}

TEST(ZipArchive, RefusesAMemberOverTheLimit) {
  const std::string zip = zip_of({{.name = "a", .bytes = std::string(1000, 'x')}});
  EXPECT_EQ(first_member(zip, {.max_bytes = 1000}).size(), 1000U);
  EXPECT_EQ(first_member(zip, {.max_bytes = 999}),
            "unpacks to 1000 bytes, more than the limit of 999");
}

TEST(ZipArchive, RefusesABombByItsRatio) {
  const std::string zip =
      zip_of({{.name = "a", .bytes = std::string(2 << 20, '\0'), .deflate = true}});
  EXPECT_THAT(first_member(zip, {.max_ratio = 200}),
              HasSubstr("times its packed size, more than the limit of 200"));
  EXPECT_EQ(first_member(zip, {.max_ratio = 2000}).size(), 2U << 20);
}

TEST(ZipArchive, KnowsABombThatLiesAboutItsSize) {
  std::string zip = zip_of({{.name = "a", .bytes = std::string(4096, 'x'), .deflate = true}});
  // The unpacked size in the central directory: 24 bytes after its signature.
  const std::size_t directory = zip.find("PK\x01\x02");
  zip.replace(directory + 24, 4, std::string("\x10\0\0\0", 4));
  EXPECT_EQ(first_member(zip), "unpacks to more than 16 bytes, where its zip says 16");
}

// The packed size in the central directory: 20 bytes after its signature.
TEST(ZipArchive, TakesNoMemoryForAPackedSizeBeyondTheArchive) {
  std::string zip = zip_of({{.name = "a", .bytes = std::string(4096, 'x'), .deflate = true}});
  zip.replace(zip.find("PK\x01\x02") + 20, 4, std::string("\xf0\xff\xff\x7f", 4));
  EXPECT_THAT(first_member(zip), HasSubstr("longer than the zip"));
}

TEST(ZipArchive, RefusesAnEncryptedMember) {
  EXPECT_THAT(first_member(zip_of({{.name = "a", .bytes = kText, .encrypted = true}})),
              HasSubstr("is encrypted"));
}

TEST(ZipArchive, NoticesADamagedMember) {
  EXPECT_THAT(first_member(zip_of({{.name = "a", .bytes = kText, .damaged = true}})),
              HasSubstr("cannot be unpacked"));
}

TEST(ZipArchive, AnswersWhatIsNoZipWithAClause) {
  for (const std::string& text : {std::string(), std::string("PK"), kText}) {
    EXPECT_THAT(first_member(text), HasSubstr("is not a zip archive that can be read"));
  }
}

TEST(ZipArchive, AnswersEveryCutWithAClause) {
  const std::string zip = zip_of({{.name = "a", .bytes = kText, .deflate = true}});
  const std::size_t members_end = zip.find("PK\1\2");
  for (std::size_t length = 4; length < members_end; ++length) {
    EXPECT_EQ(first_member(zip.substr(0, length)),
              "is a zip archive that seems cut short; download it again");
  }
  for (std::size_t length = members_end; length < zip.size(); ++length) {
    EXPECT_EQ(first_member(zip.substr(0, length)), kText) << "the directory alone is cut";
  }
}

TEST(ZipArchive, HasTheWholeMembersOfAnArchiveThatWasCutShort) {
  std::vector<ZipMember> members;
  for (int i = 0; i < 8; ++i) {
    const bool deflate = i % 2 == 1, descriptor = i % 4 >= 2;
    members.push_back({.name = fmt::format("m/{}.mid", i),
                       .bytes = kText + std::to_string(i),
                       .deflate = deflate,
                       .data_descriptor = descriptor});
  }
  const std::string zip = zip_of(members);
  EXPECT_FALSE(ZipArchive::open(bytes_of(zip))->is_cut_short());
  std::uint64_t most = 0;
  for (std::size_t length = 0; length < zip.size(); ++length) {
    const std::string cut = zip.substr(0, length);
    const auto archive = ZipArchive::open(bytes_of(cut));
    if (!archive) continue;
    EXPECT_TRUE(archive->is_cut_short());
    ASSERT_GE(archive->entries(), most) << "more bytes, not fewer members";
    most = archive->entries();
    for (std::uint64_t i = 0; i < most; ++i) {
      std::vector<std::byte> member;
      ASSERT_TRUE(archive->read(i, {}, member).has_value()) << length;
      EXPECT_EQ(archive->entry(i)->name, members[i].name);
      EXPECT_EQ(std::string(reinterpret_cast<const char*>(member.data()), member.size()),
                members[i].bytes);
    }
  }
  EXPECT_EQ(most, members.size());
}

TEST(ZipArchive, EndsBeforeADescriptorThatIsCut) {
  const std::string zip = zip_of({{.name = "a", .bytes = kText}});
  const std::string members = zip.substr(0, zip.find("PK\1\2"));
  for (std::size_t length = 0; length < 16; ++length) {
    const auto descriptor = std::string("PK\7\b123456789012").substr(0, length);
    EXPECT_EQ(first_member(members + descriptor), kText);
  }
}

TEST(ZipArchive, SaysWhatIsThereInstead) {
  EXPECT_EQ(first_member("<!DOCTYPE html><html>"),
            "is a web page (HTML); download the file itself, not the page about it");
  EXPECT_EQ(first_member("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
            "is a Git LFS pointer, not the file itself; fetch the file with 'git lfs pull'");
  EXPECT_EQ(first_member("Rar!\x1A\x07\x01 and much more that is packed"),
            "is a RAR archive; unpack it first");
}

TEST(ZipArchive, TakesBackslashesAsSeparatorsOfFolders) {
  const std::string zip = zip_of({{.name = "a\\", .bytes = ""},
                                  {.name = "a\\b\\c.mid", .bytes = kText},
                                  {.name = "a\\b/d.mid", .bytes = kText}});
  const auto archive = ZipArchive::open(bytes_of(zip)).value();
  EXPECT_EQ(archive.entry(0)->name, "a/");
  EXPECT_TRUE(archive.entry(0)->is_folder());
  EXPECT_EQ(archive.entry(1)->name, "a/b/c.mid");
  EXPECT_EQ(archive.entry(2)->name, "a/b/d.mid");
}

TEST(ZipArchive, IsReadByTwoThreadsAtOnce) {
  std::vector<ZipMember> members;
  for (int i = 0; i < 50; ++i) {
    members.push_back(
        {.name = std::to_string(i), .bytes = std::string(5000, 'a'), .deflate = true});
  }
  const std::string zip = zip_of(members);
  const auto archive = ZipArchive::open(bytes_of(zip)).value();
  const auto read_all = [&] {
    std::vector<std::byte> member;
    for (std::uint64_t i = 0; i < archive.entries(); ++i) {
      EXPECT_TRUE(archive.read(i, {}, member).has_value());
      EXPECT_EQ(member, std::vector(5000, std::byte{'a'}));
    }
  };
  const std::jthread one(read_all), other(read_all);
}

TEST(BeginsLikeZip, KnowsArchivesByTheirFirstBytes) {
  const std::string zip = zip_of({{.name = "a", .bytes = kText}});
  EXPECT_TRUE(begins_like_zip(bytes_of(zip)));
  EXPECT_TRUE(begins_like_zip(bytes_of(zip_of({}))));
  EXPECT_FALSE(begins_like_zip(bytes_of(kText)));
  EXPECT_FALSE(begins_like_zip({}));
}

}  // namespace
}  // namespace pno::corpus
