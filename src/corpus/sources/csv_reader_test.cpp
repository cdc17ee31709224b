#include "corpus/sources/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pno::corpus {
namespace {

using testing::ElementsAre;
using Records = std::vector<std::vector<std::string>>;

Records records_of(std::string_view text, char separator = ',') {
  CsvReader csv(text, separator);
  Records records;
  for (std::vector<std::string> fields; csv.next(fields);) records.push_back(fields);
  return records;
}

TEST(CsvReader, SplitsLinesIntoFields) {
  EXPECT_EQ(records_of("a,b\nc,\n,d"), (Records{{"a", "b"}, {"c", ""}, {"", "d"}}));
}

TEST(CsvReader, TakesAllLineEndsAndLeavesOutEmptyLines) {
  EXPECT_EQ(records_of("a\r\nb\n\r\n\nc\r\n"), (Records{{"a"}, {"b"}, {"c"}}));
  EXPECT_EQ(records_of("a,b\rc,d\r\re,f"), (Records{{"a", "b"}, {"c", "d"}, {"e", "f"}}));
  EXPECT_EQ(records_of("a\n\rb\r"), (Records{{"a"}, {"b"}}));
}

TEST(CsvReader, TakesOtherSeparators) {
  EXPECT_EQ(records_of("a;\"b;c\";d,e\n", ';'), (Records{{"a", "b;c", "d,e"}}));
  EXPECT_EQ(records_of("a\tb c\t\td\n", '\t'), (Records{{"a", "b c", "", "d"}}));
}

TEST(CsvReader, LeavesOutBlanksAroundFields) {
  EXPECT_EQ(records_of("a , b,\tc d \n"), (Records{{"a", "b", "c d"}}));
  EXPECT_EQ(records_of("a, \"b, c\" ,d\n  \n"), (Records{{"a", "b, c", "d"}, {""}}));
}

TEST(CsvReader, KeepsCommasLineEndsAndQuotesWithinQuotes) {
  EXPECT_EQ(records_of("\"a, b\",\"c\r\nd\",\"e \"\"f\"\"\"\n"),
            (Records{{"a, b", "c\r\nd", "e \"f\""}}));
}

TEST(CsvReader, TakesWhatFollowsAClosingQuote) {
  EXPECT_EQ(records_of("\"a\"b,c\"d\n"), (Records{{"ab", "c\"d"}}));
}

TEST(CsvReader, CountsLinesAcrossQuotedOnes) {
  CsvReader csv("a\n\"b\nc\"\nd\n");
  std::vector<std::string> fields;
  std::vector<std::int64_t> lines;
  while (csv.next(fields)) lines.push_back(csv.line());
  EXPECT_THAT(lines, ElementsAre(1, 2, 4));

  CsvReader old("a\r\"b\r\nc\"\rd\r");
  lines.clear();
  while (old.next(fields)) lines.push_back(old.line());
  EXPECT_THAT(lines, ElementsAre(1, 2, 4));
}

TEST(CsvReader, TellsOfAQuoteThatIsNeverClosed) {
  CsvReader csv("a\n\"b,c\nd");
  std::vector<std::string> fields;
  EXPECT_TRUE(csv.next(fields));
  EXPECT_FALSE(csv.unclosed_quote());
  EXPECT_TRUE(csv.next(fields));
  EXPECT_TRUE(csv.unclosed_quote());
  EXPECT_FALSE(csv.next(fields));
}

}  // namespace
}  // namespace pno::corpus
