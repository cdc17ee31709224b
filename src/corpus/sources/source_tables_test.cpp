// MAESTRO tables as find_sources() reads them, however they were saved and wherever they lie.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "corpus/sources/sources_test_fixture.h"

namespace pno::corpus {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

using SourceTables = FindSources;

constexpr const char* kTable =
    "canonical_composer,canonical_title,split,year,midi_filename,audio_filename,duration\n"
    "Bach,Fugue,test,2018,2018/a.mid,,1\n";

TEST_F(SourceTables, AttachesTheRowsOfATable) {
  folder_.write("m/table.csv", kTable);
  folder_.write("m/2018/a.mid", "x");
  folder_.write("m/2018/b.mid", "x");
  folder_.write("c.mid", "x");
  const auto sources = find({""});
  ASSERT_THAT(names_of(sources), ElementsAre("c.mid", "m/2018/a.mid", "m/2018/b.mid"));
  EXPECT_EQ(sources.files[0].row, kNone);
  EXPECT_EQ(sources.files[0].unlisted_in, kNone) << "the table lies elsewhere";
  ASSERT_EQ(sources.files[1].row, 0);
  EXPECT_EQ(sources.rows[0].title, "Fugue");
  EXPECT_EQ(sources.files[2].row, kNone);
  EXPECT_EQ(sources.files[2].unlisted_in, 0);
}

TEST_F(SourceTables, AttachesTheRowsOfATableInAZip) {
  folder_.write("m.zip", zip_of({{.name = "maestro/2018/a.mid", .bytes = "x"},
                                 {.name = "maestro/table.csv", .bytes = kTable, .deflate = true}}));
  const auto sources = find({"m.zip"});
  ASSERT_EQ(sources.files.size(), 1U);
  EXPECT_EQ(sources.files[0].row, 0);
}

TEST_F(SourceTables, TakesTheFilesThatANamedTableLists) {
  folder_.write("table.csv", kTable);
  folder_.write("2018/a.mid", "x");
  folder_.write("2018/b.mid", "x");
  const auto sources = find({"table.csv"});
  EXPECT_THAT(names_of(sources), ElementsAre("2018/a.mid"));
  EXPECT_EQ(sources.files[0].row, 0);
}

TEST_F(SourceTables, TellsOfListedFilesThatAreNotThere) {
  folder_.write("table.csv", std::string(kTable) + "Bach,Fugue,test,2018,2018/b.mid,,1\n");
  folder_.write("table.json", R"({"midi_filename": {"0": "2018/b.mid"}})");
  EXPECT_THAT(tables_of(find({""})),
              ElementsAre("table.csv: lists 2 files that are not there, among them 2018/a.mid (0)",
                          "table.json:  (0)"));
}

TEST_F(SourceTables, TellsOfATableThatCannotBeRead) {
  folder_.write("a.json", R"({"midi_filename": {"0": )");
  folder_.write("b.csv", "midi_filename,split\na.mid\n");
  folder_.write("unrelated.json", "{");
  folder_.write("c.mid", "x");
  folder_.write("about.txt", "The column midi_filename names the files.");
  const auto sources = find({""});
  EXPECT_THAT(tables_of(sources),
              ElementsAre("not read: a.json: is not JSON that can be read; it may be cut short (0)",
                          "b.csv: line 2 has 1 fields where 2 were expected; does not list 1 of "
                          "the files below its folder (1)"));
  EXPECT_THAT(sources.remarks, IsEmpty());
}

// A table of three files in three splits, as an editor or a spreadsheet may have saved it.
constexpr std::string_view kThree =
    "canonical_composer,canonical_title,split,year,midi_filename,audio_filename,duration\n"
    "Alban Berg,Sonata,train,2018,2018/a.midi,2018/a.wav,698.66\n"
    "Fr\u00e9d\u00e9ric Chopin,Etude,validation,2018,2018/b.midi,2018/b.wav,1.5\n"
    "J. S. Bach,Chaconne,test,2018,2018/c.midi,2018/c.wav,1.5\n";

constexpr std::string_view kThreeInJson = R"({
  "canonical_composer": {"0": "Alban Berg", "1": "Frédéric Chopin", "2": "J. S. Bach"},
  "split": {"0": "train", "1": "validation", "2": "test"},
  "midi_filename": {"0": "2018/a.midi", "1": "2018/b.midi", "2": "2018/c.midi"},
  "duration": {"0": 698.66, "1": 1.5, "2": 1.5}})";

std::string utf16(std::string_view ascii, bool is_big_endian, bool has_mark) {
  std::string bytes = !has_mark ? "" : is_big_endian ? "\xFE\xFF" : "\xFF\xFE";
  for (std::size_t at = 0; at < ascii.size(); ++at) {
    char low = ascii[at];
    if (ascii.substr(at).starts_with("\u00e9")) {
      low = '\xE9';
      ++at;
    }
    bytes += is_big_endian ? std::string{'\0', low} : std::string{low, '\0'};
  }
  return bytes;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result(text);
  for (auto at = result.find(from); at != std::string::npos; at = result.find(from, at)) {
    result.replace(at, from.size(), to);
    at += to.size();
  }
  return result;
}

TEST_F(SourceTables, ReadATableAsAnyProgramSavesIt) {
  const std::map<std::string, std::string> tables = {
      {"as_published.csv", std::string(kThree)},
      {"utf8_mark.csv", "\xEF\xBB\xBF" + std::string(kThree)},
      {"utf16_little.csv", utf16(kThree, false, true)},
      {"utf16_big.csv", utf16(kThree, true, true)},
      {"utf16_little_without_mark.csv", utf16(kThree, false, false)},
      {"utf16_big_without_mark.csv", utf16(kThree, true, false)},
      {"windows_1252.csv", replaced(kThree, "\u00e9", "\xE9")},
      {"excel_unicode_text.txt",
       utf16(replaced(replaced(kThree, ",", "\t"), "\n", "\r\n"), false, true)},
      {"tabs.tsv", replaced(kThree, ",", "\t")},
      {"semicolons.csv", "sep=;\r\n" + replaced(kThree, ",", ";")},
      {"old_macintosh.csv", replaced(kThree, "\n", "\r")},
      {"capitals.csv",
       replaced(replaced(kThree, "midi_filename", "MIDI_Filename"), "split", "SPLIT")},
      {"blanks.csv", replaced(kThree, ",", ", ")},
      {"windows_paths.csv", replaced(kThree, ",2018/", ",2018\\")},
      {"as_published.json", std::string(kThreeInJson)},
      {"utf8_mark.json", "\xEF\xBB\xBF" + std::string(kThreeInJson)},
      {"utf16_little.json", utf16(kThreeInJson, false, true)},
      {"nan.json", replaced(kThreeInJson, "698.66", "NaN")},
  };
  for (const auto& [name, bytes] : tables) {
    SCOPED_TRACE(name);
    folder_.write("m.zip", zip_of({{.name = fmt::format("m/{}", name), .bytes = bytes},
                                   {.name = "m/2018/a.midi", .bytes = "x"},
                                   {.name = "m/2018/b.midi", .bytes = "x"},
                                   {.name = "m/2018/c.midi", .bytes = "x"}}));
    const auto sources = find({"m.zip"});
    EXPECT_THAT(tables_of(sources), ElementsAre("m.zip/m/" + name + ":  (0)"));
    ASSERT_EQ(sources.files.size(), 3U);
    const Split splits[] = {Split::train, Split::validation, Split::test};
    for (std::size_t i = 0; i < 3; ++i) {
      ASSERT_NE(sources.files[i].row, kNone);
      const auto& row = sources.rows[static_cast<std::size_t>(sources.files[i].row)];
      EXPECT_EQ(row.split, splits[i]);
      EXPECT_EQ(row.composer, i == 0   ? "Alban Berg"
                              : i == 1 ? "Fr\u00e9d\u00e9ric Chopin"
                                       : "J. S. Bach");
    }
  }
}

TEST_F(SourceTables, FindTheFilesOfATableWhateverSeparatesTheirFolders) {
  const auto zip = [&](const std::string& table, const std::string& file) {
    folder_.write("m.zip",
                  zip_of({{.name = table, .bytes = kTable}, {.name = file, .bytes = "x"}}));
    const auto sources = find({"m.zip"});
    return sources.files.size() == 1 && sources.files[0].row == 0;
  };
  EXPECT_TRUE(zip("m\\t.csv", "m\\2018\\a.mid"));
  EXPECT_TRUE(zip("t.csv", "2018\\a.mid"));
  EXPECT_TRUE(zip("m/t.csv", "m\\2018/a.mid"));
  // Unpacked by a program that takes backslashes for letters.
  folder_.write("flat/m\\t.csv", kTable);
  folder_.write("flat/m\\2018\\a.mid", "x");
  const auto flat = find({"flat"});
  ASSERT_EQ(flat.files.size(), 1U);
  EXPECT_EQ(flat.files[0].row, 0);
}

TEST_F(SourceTables, TellOfATableWithoutSplits) {
  folder_.write("t.csv", "midi_filename,canonical_title\na.mid,A\nb.mid,B\n");
  folder_.write("a.mid", "x");
  folder_.write("b.mid", "x");
  EXPECT_THAT(tables_of(find({""})), ElementsAre("t.csv: says no split of 2 files (2)"));
}

TEST_F(SourceTables, TellOfFilesThatATableDoesNotList) {
  folder_.write("t.csv", "midi_filename,split\na.mid,test\n");
  for (const char* name : {"a.mid", "b.mid", "x/c.mid"}) folder_.write(name, "x");
  EXPECT_THAT(tables_of(find({""})),
              ElementsAre("t.csv: does not list 2 of the files below its folder (2)"));
}

TEST_F(SourceTables, PreferATableThatCanBeRead) {
  folder_.write("a.json", R"({"midi_filename": {"0": )");
  folder_.write("b.csv", "midi_filename,split\nc.mid,test\n");
  folder_.write("c.mid", "x");
  folder_.write("d.mid", "x");
  EXPECT_THAT(tables_of(find({""})),
              ElementsAre(testing::StartsWith("not read: a.json: is not JSON"),
                          "b.csv: does not list 1 of the files below its folder (1)"));
}

TEST_F(SourceTables, TellOfATableAboveThem) {
  folder_.write("m/t.csv", kThree);
  for (const char* name : {"m/2018/a.midi", "m/2018/b.midi", "m/2017/x/d.midi", "e.midi"}) {
    folder_.write(name, "x");
  }
  const auto m = folder_ / "m";
  const std::string unread = fmt::format(
      "not read: m/t.csv: lies above what was given; give the folder {} to use it", m.string());
  EXPECT_THAT(tables_of(find({"m/2018"})), ElementsAre(unread + " (2)"));
  EXPECT_THAT(tables_of(find({"m/2018/b.midi"})), ElementsAre(unread + " (1)"));
  EXPECT_THAT(tables_of(find({"m/2018/a.midi", "m/2018/b.midi"})), ElementsAre(unread + " (2)"));
  EXPECT_THAT(tables_of(find({"m/2017"})), IsEmpty()) << "it lists none of these";
  EXPECT_THAT(tables_of(find({"e.midi"})), IsEmpty());
  EXPECT_THAT(tables_of(find({"m/2018", "m"})),
              ElementsAre("m/t.csv: lists 2018/c.midi, which is not there; does not list 1 of the "
                          "files below its folder (1)"))
      << "it is among the sources";
}

TEST_F(SourceTables, NameTheTableAboveTheWorkingFolderAsSeenFromThere) {
  folder_.write("m/t.csv", kThree);
  folder_.write("m/2018/a.midi", "x");
  const auto before = fs::current_path();
  fs::current_path(folder_ / "m/2018");
  ArchiveStore archives({});
  const auto sources = find_sources({"."}, archives);
  fs::current_path(before);
  ASSERT_EQ(sources->tables.size(), 1U);
  EXPECT_EQ(sources->tables[0].name, "../t.csv");
  EXPECT_EQ(sources->tables[0].reason, "lies above what was given; give the folder .. to use it");
  EXPECT_EQ(sources->tables[0].split_by_content, 1);
}

TEST_F(SourceTables, SayThatANamedTextIsNotATable) {
  folder_.write("notes.csv", "a,b\n1,2\n");
  folder_.write("music.csv", "MThd");
  const auto sources = find({"notes.csv", "music.csv"});
  EXPECT_THAT(remarks_of(sources),
              ElementsAre("notes.csv: is not a table of MAESTRO: it has no column midi_filename"));
  EXPECT_THAT(names_of(sources), ElementsAre("music.csv")) << "whatever its name";
}

}  // namespace
}  // namespace pno::corpus
