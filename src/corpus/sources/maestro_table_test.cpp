#include "corpus/sources/maestro_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace pno::corpus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The first rows of each version, with their ways of writing.
constexpr std::string_view kCsv =
    "canonical_composer,canonical_title,split,year,midi_filename,audio_filename,duration\n"
    "Alban Berg,Sonata Op. 1,train,2018,2018/a.midi,2018/a.wav,698.66\n"
    "Claude Debussy,\"Images, Book 1\",test,2017,2017/b.midi,2017/b.wav,120\n"
    "Frédéric Chopin,\"\"\"Raindrop\"\" Prelude\",validation,2014,2014/c.midi,2014/c.wav,300\n";

constexpr std::string_view kRecords = R"([
  {"canonical_composer": "Alban Berg", "canonical_title": "Sonata Op. 1", "split": "train",
   "year": 2018, "midi_filename": "2018/a.midi", "duration": 698.66},
  {"canonical_composer": "Claude Debussy", "canonical_title": "Images, Book 1", "split": "test",
   "midi_filename": "2017/b.midi"},
  {"canonical_composer": "Fr\u00e9d\u00e9ric Chopin", "canonical_title": "\"Raindrop\" Prelude",
   "split": "validation", "midi_filename": "2014/c.midi"}])";

constexpr std::string_view kColumns = R"({
  "canonical_composer": {"0": "Alban Berg", "2": "Frédéric Chopin", "1": "Claude Debussy"},
  "canonical_title": {"0": "Sonata Op. 1", "1": "Images, Book 1", "2": "\"Raindrop\" Prelude"},
  "split": {"0": "train", "1": "test", "2": "validation"},
  "year": {"0": 2018, "1": 2017, "2": 2014},
  "midi_filename": {"0": "2018/a.midi", "1": "2017/b.midi", "2": "2014/c.midi"}})";

void expect_the_three(const Expected<MaestroTable>& table) {
  ASSERT_TRUE(table.has_value()) << table.error().message;
  EXPECT_THAT(table->problems, IsEmpty());
  ASSERT_EQ(table->rows.size(), 3U);
  EXPECT_EQ(table->rows[0].midi_file, "2018/a.midi");
  EXPECT_EQ(table->rows[0].composer, "Alban Berg");
  EXPECT_EQ(table->rows[0].split, Split::train);
  EXPECT_EQ(table->rows[1].title, "Images, Book 1");
  EXPECT_EQ(table->rows[1].split, Split::test);
  EXPECT_EQ(table->rows[2].midi_file, "2014/c.midi");
  EXPECT_EQ(table->rows[2].title, "\"Raindrop\" Prelude");
  EXPECT_EQ(table->rows[2].composer, "Frédéric Chopin");
  EXPECT_EQ(table->rows[2].split, Split::validation);
}

TEST(MaestroTable, ReadsTheCsvOfAllVersions) {
  expect_the_three(parse_maestro_csv(kCsv));
}
TEST(MaestroTable, ReadsTheJsonRecordsOfVersion1) {
  expect_the_three(parse_maestro_json(kRecords));
}
TEST(MaestroTable, ReadsTheJsonColumnsOfVersions2And3) {
  expect_the_three(parse_maestro_json(kColumns));
}

TEST(MaestroTable, ReadsAPerformerIfThereIsSuchAColumn) {
  const auto table =
      parse_maestro_csv("midi_filename,performer\na.mid,Vladimir Horowitz\nb.mid,\n");
  ASSERT_TRUE(table.has_value()) << table.error().message;
  EXPECT_EQ(table->rows[0].performer, "Vladimir Horowitz");
  EXPECT_EQ(table->rows[1].performer, "");
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result(text);
  for (auto at = result.find(from); at != std::string::npos; at = result.find(from, at)) {
    result.replace(at, from.size(), to);
    at += to.size();
  }
  return result;
}

TEST(MaestroTable, ReadsACsvWithOtherLineEnds) {
  for (const char* line_end : {"\r", "\r\n", "\n\n", "\r\r\n"}) {
    expect_the_three(parse_maestro_csv(replaced(kCsv, "\n", line_end)));
  }
}

TEST(MaestroTable, ReadsACsvWithOtherSeparators) {
  constexpr std::string_view kSemicolons =
      "canonical_composer;canonical_title;split;year;midi_filename\n"
      "Alban Berg;Sonata Op. 1;train;2018;2018/a.midi\n"
      "Claude Debussy;Images, Book 1;test;2017;2017/b.midi\n"
      "Frédéric Chopin;\"\"\"Raindrop\"\" Prelude\";validation;2014;2014/c.midi\n";
  expect_the_three(parse_maestro_csv(kSemicolons));
  expect_the_three(parse_maestro_csv(replaced(kSemicolons, ";", "\t")));
  expect_the_three(parse_maestro_csv(replaced(kSemicolons, ";", "|")));
  expect_the_three(parse_maestro_csv(replaced(kSemicolons, "\n", ";;;\n")));
}

TEST(MaestroTable, ReadsACsvWithAnotherSpellingOfItsHeader) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"midi_filename", "MIDI_Filename"},
           {"midi_filename", "MIDI filename"},
           {"midi_filename", "midi-filename"},
           {"canonical_composer,canonical_title,split", "CANONICAL_COMPOSER,Canonical Title,Split"},
           {"split,year", " split , year"}}) {
    expect_the_three(parse_maestro_csv(replaced(kCsv, from, to)));
  }
}

TEST(MaestroTable, ReadsACsvWithBlanksAfterItsCommas) {
  constexpr std::string_view kBlanks =
      "canonical_composer, canonical_title, split, year, midi_filename\n"
      "Alban Berg, Sonata Op. 1, train, 2018, 2018/a.midi\n"
      "Claude Debussy, \"Images, Book 1\", test, 2017, 2017/b.midi\n"
      "Frédéric Chopin, \"\"\"Raindrop\"\" Prelude\" , validation , 2014, 2014/c.midi \n";
  expect_the_three(parse_maestro_csv(kBlanks));
  for (const char* separator : {",\t", " ,  ", " ,"}) {
    const auto text = replaced(replaced(kBlanks, ", ", separator),
                               fmt::format("Images{}Book", separator), "Images, Book");
    expect_the_three(parse_maestro_csv(text));
  }
}

TEST(MaestroTable, ReadsACsvWithLinesBeforeItsHeader) {
  const std::string text(kCsv);
  expect_the_three(parse_maestro_csv("sep=,\n" + text));
  expect_the_three(parse_maestro_csv("MAESTRO v3.0.0\n\n" + text));
  expect_the_three(parse_maestro_csv("# exported by me, today\n" + text));
}

TEST(MaestroTable, ReadsSplitsInCapitalsAndPathsWithBackslashes) {
  expect_the_three(parse_maestro_csv(replaced(kCsv, ",train,", ",Train,")));
  expect_the_three(parse_maestro_csv(replaced(kCsv, ",test,", ",TEST,")));
  expect_the_three(parse_maestro_csv(replaced(kCsv, "2018/a.midi", "2018\\a.midi")));
}

TEST(MaestroTable, ReadsJsonWithNan) {
  expect_the_three(parse_maestro_json(replaced(kColumns, "{\"0\": 2018,", "{\"0\": NaN,")));
  expect_the_three(parse_maestro_json(replaced(kRecords, "698.66", "-Infinity")));
  expect_the_three(parse_maestro_json(replaced(kRecords, "698.66", "Infinity")));
  const auto table = parse_maestro_json(
      R"([{"midi_filename": "NaN \"NaN\".mid", "canonical_title": NaN, "split": NaN}])");
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->rows[0].midi_file, "NaN \"NaN\".mid") << "text stays as it is";
  EXPECT_EQ(table->rows[0].title, "");
  EXPECT_EQ(table->rows[0].split, std::nullopt);
}

TEST(MaestroTable, ReadsJsonWithAnotherSpellingOfItsColumns) {
  for (const auto text : {kRecords, kColumns}) {
    expect_the_three(parse_maestro_json(replaced(text, "midi_filename", "MIDI_Filename")));
    expect_the_three(parse_maestro_json(replaced(text, "\"split\"", "\"Split\"")));
    expect_the_three(parse_maestro_json(replaced(text, "canonical_title", "Canonical Title")));
  }
}

TEST(MaestroTable, IsMeantByAnyTextWithTheColumnOfTheFiles) {
  EXPECT_TRUE(mentions_midi_files("a,midi_filename,b"));
  EXPECT_TRUE(mentions_midi_files("a;MIDI Filename"));
  EXPECT_FALSE(mentions_midi_files("filename,midi\n"));
  EXPECT_FALSE(mentions_midi_files(""));
}

TEST(MaestroTable, NeedsOnlyTheNamesOfTheFiles) {
  const auto table = parse_maestro_csv("midi_filename\na.mid\n");
  ASSERT_EQ(table->rows.size(), 1U);
  EXPECT_EQ(table->rows[0].midi_file, "a.mid");
  EXPECT_EQ(table->rows[0].split, std::nullopt);
}

TEST(MaestroTable, KeepsTheGoodRowsOfACsvWithBadOnes) {
  const auto table = parse_maestro_csv(
      "midi_filename,split\na.mid,train\nb.mid\n,test\nc.mid,dev\nd.mid,test\n\"e.mid,test\n");
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->rows.size(), 3U) << "a, c (without a split) and d";
  EXPECT_EQ(table->rows[1].split, std::nullopt);
  EXPECT_THAT(table->problems,
              ElementsAre("line 3 has 1 fields where 2 were expected", "line 4 names no MIDI file",
                          "line 5 has the split 'dev', which is not one of train, validation, test",
                          "line 7 opens a quote that is never closed"));
}

TEST(MaestroTable, KeepsTheGoodRowsOfAJsonWithBadOnes) {
  const auto records = parse_maestro_json(R"([3, {"midi_filename": "a.mid", "split": null}, {}])");
  ASSERT_TRUE(records.has_value());
  EXPECT_EQ(records->rows.size(), 1U);
  EXPECT_THAT(records->problems,
              ElementsAre("record 0 is not an object", "record 2 names no MIDI file"));
  const auto columns =
      parse_maestro_json(R"({"midi_filename": {"10": "b", "9": "a"}, "split": "train"})");
  ASSERT_TRUE(columns.has_value());
  EXPECT_EQ(columns->rows[0].midi_file, "a") << "9 before 10";
}

TEST(MaestroTable, AnswersAnyOtherTextWithAClause) {
  for (const char* text : {"", "a,b\n1,2\n", "\"midi_filename"}) {
    if (const auto table = parse_maestro_csv(text); !table) {
      EXPECT_THAT(table.error().message, HasSubstr("is not a table of MAESTRO"));
    } else {
      EXPECT_THAT(table->rows, IsEmpty());
    }
  }
  for (const char* text : {"{}", "[]", "[1, 2]", "3", R"({"midi_filename": ["a.mid"]})"}) {
    const auto table = parse_maestro_json(text);
    ASSERT_FALSE(table.has_value()) << text;
    EXPECT_THAT(table.error().message, HasSubstr("is not a table of MAESTRO"));
  }
  EXPECT_THAT(parse_maestro_json(kColumns.substr(0, 100)).error().message,
              HasSubstr("is not JSON that can be read"));
}

}  // namespace
}  // namespace pno::corpus
