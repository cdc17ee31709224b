#include "report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pno::report {
namespace {

using testing::HasSubstr;

TEST(Base64, EqualsTheExamplesOfTheStandard) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64(std::string("\xff\x00\xfe", 3)), "/wD+");
}

TEST(Html, EscapesTheCharactersOfTagsAndAttributes) {
  EXPECT_EQ(escaped("a<b>&\"'ü"), "a&lt;b&gt;&amp;&quot;&#39;ü");
}

TEST(Html, OpeningHasTitleStyleAndHeading) {
  const auto html = opening_of({.window_title = "run <1>",
                                .brand = "report",
                                .heading = "run & run",
                                .subtitle = "preset \"a\"",
                                .style = ".own { color: red; }"});
  EXPECT_THAT(html, testing::StartsWith("<!doctype html>\n<html lang=\"en\">"));
  EXPECT_THAT(html, HasSubstr("<title>pno: run &lt;1&gt;</title>"));
  EXPECT_THAT(html, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(html, HasSubstr(".own { color: red; }</style>"));
  EXPECT_THAT(html,
              testing::EndsWith("<body><main>\n<header><p class=\"brand\">pno · report</p>"
                                "<h1>run &amp; run</h1><p>preset &quot;a&quot;</p></header>\n"));
  EXPECT_THAT(opening_of({.window_title = "t", .brand = "b", .heading = "h"}),
              testing::EndsWith("<h1>h</h1></header>\n"));
}

TEST(Html, TilesAndRowsEscapeTheirTexts) {
  EXPECT_EQ(tile("a < b", "1 & 2"),
            "<div class=\"tile\"><b>1 &amp; 2</b><span>a &lt; b</span></div>\n");
  EXPECT_EQ(table_row("<n>", "v"), "<tr><th>&lt;n&gt;</th><td>v</td></tr>\n");
}

}  // namespace
}  // namespace pno::report
