#include "base/printable_text.h"

#include <gtest/gtest.h>

namespace pno {
namespace {

TEST(PrintableText, KeepsUtf8) {
  for (const char* text : {"", "a.mid", "Frédéric", "雨だれ", "𝄞.mid", "\xEF\xBF\xBD"}) {
    EXPECT_EQ(printable_text(text), text);
  }
}

TEST(PrintableText, SpellsOutBytesThatAreNoUtf8) {
  EXPECT_EQ(printable_text("caf\xe9.mid"), "caf\\xe9.mid");
  EXPECT_EQ(printable_text("\xC0\x80"), "\\xc0\\x80") << "an overlong NUL";
  EXPECT_EQ(printable_text("\xED\xA0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(printable_text("\xE0\x80\x80"), "\\xe0\\x80\\x80");
  EXPECT_EQ(printable_text("\xF0\x80\x80\x80"), "\\xf0\\x80\\x80\\x80");
  EXPECT_EQ(printable_text("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond U+10FFFF";
  EXPECT_EQ(printable_text("\xE9\x9B"), "\\xe9\\x9b") << "cut short";
}

TEST(PrintableText, SpellsOutWhatWouldDriveATerminal) {
  EXPECT_EQ(printable_text("a\x1b[31m\nb\x7f"), "a\\x1b[31m\\x0ab\\x7f");
  EXPECT_EQ(printable_text(std::string_view("a\0b", 3)), "a\\x00b");
}

}  // namespace
}  // namespace pno
