#include "infer/music/key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pno::infer {
namespace {

TEST(ParseKey, ReadsCommonSpellings) {
  const std::vector<std::pair<std::string, Key>> cases = {{"C", {0, false}},
                                                          {"c", {0, false}},
                                                          {"C#m", {1, true}},
                                                          {"Dbm", {1, true}},
                                                          {"F#", {6, false}},
                                                          {"Bb", {10, false}},
                                                          {"b", {11, false}},
                                                          {"bb", {10, false}},
                                                          {"bm", {11, true}},
                                                          {"bbm", {10, true}},
                                                          {"Am", {9, true}},
                                                          {"AM", {9, false}},
                                                          {"C#M", {1, false}},
                                                          {"A MINOR", {9, true}},
                                                          {"c# minor", {1, true}},
                                                          {"Cb", {11, false}},
                                                          {"B#", {0, false}},
                                                          {"E flat major", {3, false}},
                                                          {"F-sharp minor", {6, true}},
                                                          {"gmin", {7, true}},
                                                          {"Gmaj", {7, false}}};
  for (const auto& [text, key] : cases) {
    const auto parsed = parse_key(text);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_EQ(*parsed, key) << text;
  }
}

TEST(ParseKey, RefusesOtherTextWithASentence) {
  for (const auto* text : {"", "H", "C##", "Cx", "mC", "C major minor", "1", "A-"}) {
    const auto parsed = parse_key(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_THAT(parsed.error().message, testing::HasSubstr("is not a key; write it like C, F#"));
    EXPECT_EQ(parsed.error().kind, Error::Kind::usage);
  }
}

TEST(ParseKey, ReadsEveryNameOfKeyName) {
  for (int tonic = 0; tonic < 12; ++tonic) {
    for (const bool minor : {false, true}) {
      EXPECT_EQ(parse_key(key_name({tonic, minor})), (Key{tonic, minor}));
    }
  }
}

TEST(Foreignness, RanksTriadScaleAndOtherPitches) {
  const Key d_major{2, false}, c_sharp_minor{1, true};
  std::string in_scale;
  for (int pitch = 60; pitch < 72; ++pitch) in_scale += foreignness(d_major, pitch) < 1 ? 'x' : '.';
  EXPECT_EQ(in_scale, ".xx.x.xx.x.x");  // C# D E F# G A B
  EXPECT_EQ(foreignness(d_major, 62), 0) << "D";
  EXPECT_EQ(foreignness(d_major, 66), 0) << "F#";
  EXPECT_EQ(foreignness(d_major, 64), 0.25) << "E";
  EXPECT_EQ(foreignness(c_sharp_minor, 64), 0) << "E";
  EXPECT_EQ(foreignness(c_sharp_minor, 71), 0.25) << "B";
  EXPECT_EQ(foreignness(c_sharp_minor, 72), 0.5) << "B#, the raised seventh";
  EXPECT_EQ(foreignness(c_sharp_minor, 65), 1) << "E#";
  EXPECT_EQ(foreignness(c_sharp_minor, 0), foreignness(c_sharp_minor, 120)) << "in every octave";
}

}  // namespace
}  // namespace pno::infer
