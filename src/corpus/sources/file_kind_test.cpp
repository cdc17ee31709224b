#include "corpus/sources/file_kind.h"

#include <gtest/gtest.h>

namespace pno::corpus {
namespace {

TEST(FileKind, GoesByTheExtensionInCapitalsOrNot) {
  for (const char* name : {"a.mid", "a/b.MID", "x.y.Midi", "song.kar", "old.RMI", ".mid"}) {
    EXPECT_EQ(file_kind(name), FileKind::midi) << name;
  }
  EXPECT_EQ(file_kind("a/m.ZIP"), FileKind::zip);
  EXPECT_EQ(file_kind("maestro-v3.0.0.csv"), FileKind::csv);
  EXPECT_EQ(file_kind("maestro-v3.0.0.json"), FileKind::json);
  EXPECT_EQ(file_kind("maestro.tsv"), FileKind::csv);
  EXPECT_EQ(file_kind("a.mid.txt"), FileKind::text);
  for (const char* name : {"songs.tar.gz", "a.TGZ", "b.tar", "c.7z", "d.rar", "e.mid.bz2"}) {
    EXPECT_EQ(file_kind(name), FileKind::packed) << name;
  }
  for (const char* name : {"mid", "a.mid/notes", "", "/", "tar"}) {
    EXPECT_EQ(file_kind(name), FileKind::other) << name;
  }
}

TEST(FileKind, LeavesOutTheShadowsOfMacOs) {
  EXPECT_EQ(file_kind("__MACOSX/._a.mid"), FileKind::other);
  EXPECT_EQ(file_kind("_.mid"), FileKind::midi);
}

TEST(FileKind, KnowsALicence) {
  for (const char* name : {"LICENSE", "a/LICENSE.md", "licence.txt", "License"}) {
    EXPECT_EQ(file_kind(name), FileKind::licence) << name;
  }
  EXPECT_EQ(file_kind("LICENSE.mid"), FileKind::midi);
  EXPECT_EQ(file_kind("license.py"), FileKind::other);
}

TEST(Names, AreJoinedAndParted) {
  EXPECT_EQ(join_name("a", "b"), "a/b");
  EXPECT_EQ(join_name("", "b"), "b");
  EXPECT_EQ(join_name("/", "b"), "/b");
  EXPECT_EQ(folder_of("a/b/c"), "a/b");
  EXPECT_EQ(folder_of("a"), "");
  EXPECT_EQ(folder_of("/a"), "/");
}

TEST(Names, AreNormalised) {
  EXPECT_EQ(normal_name("./a//b/../c/"), "a/c");
  EXPECT_EQ(normal_name("."), "");
  EXPECT_EQ(normal_name("/"), "/");
  EXPECT_EQ(normal_name("../a"), "../a");
}

TEST(LicenceTitle, IsTheFirstLineThatSaysSomething) {
  EXPECT_EQ(licence_title("MIT License\n\nCopyright"), "MIT License");
  EXPECT_EQ(licence_title("\r\n# Creative Commons  \r\n\r\nmore"), "Creative Commons");
  EXPECT_EQ(licence_title(" \n##\n"), "");
  EXPECT_EQ(licence_title(std::string(1000, 'x')).size(), 200U);
}

}  // namespace
}  // namespace pno::corpus
