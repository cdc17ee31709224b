#include "base/utf8.h"

#include <gtest/gtest.h>

namespace pno {
namespace {

TEST(Utf8, AcceptsTheFirstAndLastCharacterOfEveryLength) {
  for (const std::string_view text :
       {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "Dvo\xc5\x99\xc3\xa1k"}) {
    EXPECT_EQ(valid_utf8_bytes(text), text.size()) << text;
  }
}

TEST(Utf8, StopsAtTheFirstInvalidByte) {
  for (const std::string_view invalid :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xc3", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    EXPECT_EQ(valid_utf8_bytes("ok" + std::string(invalid) + "!"), 2U) << invalid;
  }
}

TEST(Utf8, ReplacesEveryInvalidByte) {
  EXPECT_EQ(repair_utf8("caf\xe9", "?"), "caf?");
  EXPECT_EQ(repair_utf8("\xf0\x9f\x92 \xc3\xa9\xff", "?"), "??? \xc3\xa9?");
  EXPECT_EQ(repair_utf8("\xc3\xa9", "?"), "\xc3\xa9");
  EXPECT_EQ(repair_utf8("", "?"), "");
}

}  // namespace
}  // namespace pno
