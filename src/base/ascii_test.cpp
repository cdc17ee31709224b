#include "base/ascii.h"

#include <gtest/gtest.h>

namespace pno {
namespace {

TEST(Ascii, OnlyCapitalLettersAreLowered) {
  for (int byte = -128; byte < 128; ++byte) {
    const char letter = static_cast<char>(byte);
    const bool is_capital = byte >= 'A' && byte <= 'Z';
    EXPECT_EQ(lower_case(letter), is_capital ? byte + 32 : byte) << byte;
  }
  EXPECT_EQ(lower_case(std::string(".FLaC \xc3\x89")), ".flac \xc3\x89") << "UTF-8 is kept";
}

TEST(Ascii, TrimmedHasNoBlanksAtItsEnds) {
  EXPECT_EQ(trimmed("  a b\r\n"), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \t\r\n"), "");
  EXPECT_EQ(trimmed(""), "");
}

}  // namespace
}  // namespace pno
