#include "corpus/maestro_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
              ElementsAre("record 0 is no object", "record 2 names no MIDI file"));
  const auto columns =
      parse_maestro_json(R"({"midi_filename": {"10": "b", "9": "a"}, "split": "train"})");
  ASSERT_TRUE(columns.has_value());
  EXPECT_EQ(columns->rows[0].midi_file, "a") << "9 before 10";
}

TEST(MaestroTable, AnswersAnyOtherTextWithAClause) {
  for (const char* text : {"", "a,b\n1,2\n", "\"midi_filename"}) {
    if (const auto table = parse_maestro_csv(text); !table) {
      EXPECT_THAT(table.error().message, HasSubstr("is no table of MAESTRO's"));
    } else {
      EXPECT_THAT(table->rows, IsEmpty());
    }
  }
  for (const char* text : {"{}", "[]", "[1, 2]", "3", R"({"midi_filename": ["a.mid"]})"}) {
    const auto table = parse_maestro_json(text);
    ASSERT_FALSE(table.has_value()) << text;
    EXPECT_THAT(table.error().message, HasSubstr("is no table of MAESTRO's"));
  }
  EXPECT_THAT(parse_maestro_json(kColumns.substr(0, 100)).error().message,
              HasSubstr("is no JSON that can be read"));
}

}  // namespace
}  // namespace pno::corpus
