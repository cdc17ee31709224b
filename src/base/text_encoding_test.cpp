#include "base/text_encoding.h"

#include <gtest/gtest.h>

namespace pno {
namespace {

using namespace std::string_view_literals;

TEST(TextEncoding, Utf8StaysAsItIs) {
  for (const auto text : {""sv, "a"sv, "Fr\u00e9d\u00e9ric"sv, "\u20ac \U0001D11E"sv}) {
    EXPECT_EQ(utf8_text(text), text);
    EXPECT_TRUE(is_utf8(text));
  }
}

TEST(TextEncoding, LeavesOutTheMarkOfUtf8) {
  EXPECT_EQ(utf8_text("\xEF\xBB\xBF"
                      "a,b"),
            "a,b");
}

TEST(TextEncoding, ReadsUtf16OfBothOrdersWithItsMark) {
  EXPECT_EQ(utf8_text("\xFF\xFE"
                      "a\0\xE9\0\xAC\x20"sv),
            "a\u00e9\u20ac");
  EXPECT_EQ(utf8_text("\xFE\xFF"
                      "\0a\0\xE9\x20\xAC"sv),
            "a\u00e9\u20ac");
}

TEST(TextEncoding, ReadsUtf16OfBothOrdersWithoutAMark) {
  EXPECT_EQ(utf8_text("B\0O\0S\0"sv), "BOS");
  EXPECT_EQ(utf8_text("\0B\0O\0S"sv), "BOS");
}

TEST(TextEncoding, ReadsSurrogatePairsAndReplacesHalfOnes) {
  EXPECT_EQ(utf8_text("\xFF\xFE\x34\xD8\x1E\xDD"sv), "\U0001D11E");
  EXPECT_EQ(utf8_text("\xFF\xFE\x34\xD8"
                      "a\0"sv),
            "\uFFFDa");
  EXPECT_EQ(utf8_text("\xFF\xFE\x1E\xDD"
                      "a\0"sv),
            "\uFFFDa");
  EXPECT_EQ(utf8_text("\xFF\xFE"
                      "a\0b"sv),
            "a\uFFFD")
      << "a last odd byte";
}

TEST(TextEncoding, TakesOtherBytesAsWindows1252) {
  EXPECT_EQ(utf8_text("Fr\xE9"
                      "d\xE9ric"),
            "Fr\u00e9d\u00e9ric");
  EXPECT_EQ(utf8_text("\x93Raindrop\x94 \x80"), "\u201CRaindrop\u201D \u20ac");
}

TEST(TextEncoding, KnowsWhatIsNotUtf8) {
  for (const auto bytes : {"\x80"sv, "\xC0\xAF"sv, "\xE0\x80\x80"sv, "\xED\xA0\x80"sv,
                           "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "a\xC3"sv,
                           "\xC3"
                           "a"sv}) {
    EXPECT_FALSE(is_utf8(bytes));
  }
}

}  // namespace
}  // namespace pno
