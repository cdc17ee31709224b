#include "corpus/prepare/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <map>
#include <numeric>

#include "base/file_lock.h"
#include "base/interrupt.h"
#include "corpus/test_files.h"
#include "midi/smf_builder.h"
#include "midi/smf_writer.h"

namespace pno::corpus {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class Prepare : public testing::Test {
 protected:
  Prepare() { options_.output = folder_ / "out.notes"; }

  // With the folder "in" as its source.
  Expected<PrepareReport> run() {
    if (options_.sources.empty()) options_.sources = {folder_ / "in"};
    return prepare(options_, {});
  }
  PrepareReport run_well() {
    auto report = run();
    EXPECT_TRUE(report.has_value()) << report.error().message;
    return std::move(*report);
  }
  std::string error() {
    const auto report = run();
    EXPECT_FALSE(report.has_value());
    return report ? "" : local(report.error().message);
  }
  // A report's lines about what was not clean, without the folder of the test.
  std::vector<std::string> remarks(const PrepareReport& report) const {
    std::vector<std::string> lines;
    for (const auto& file : report.files) {
      if (file.taken && file.reason.empty()) continue;
      lines.push_back(
          local(fmt::format("{}{}: {}", file.taken ? "+" : "-", file.file, file.reason)));
    }
    return lines;
  }
  std::string local(std::string text) const {
    const std::string prefix = folder_.path().string() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }
  Dataset dataset() const { return Dataset::open(options_.output).value(); }

  std::map<std::string, PieceInfo> infos_by_source() const {
    std::map<std::string, PieceInfo> infos;
    const Dataset pieces = dataset();
    for (std::size_t i = 0; i < pieces.pieces(); ++i) {
      infos[local(pieces.info(i).source)] = pieces.info(i);
    }
    return infos;
  }

  // `count` tunes with different notes: in/0.mid, in/1.mid, …
  void write_tunes(int count) const {
    for (int i = 0; i < count; ++i) {
      folder_.write(fmt::format("in/{}.mid", i), tune_midi(static_cast<std::uint64_t>(i)));
    }
  }
  // Only the output of a run, and nothing beside it.
  std::vector<std::string> files_beside_input() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (entry.path().filename() != "in") names.push_back(entry.path().filename().string());
    }
    return names;
  }

  TestFolder folder_;
  PrepareOptions options_;
};

TEST_F(Prepare, RefusesNumbersBelowZero) {
  options_.sources = {folder_.path()};
  options_.filters.min_seconds = -1;
  const auto report = prepare(options_, {});
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind, Error::Kind::usage);
  EXPECT_EQ(report.error().message, "min_seconds is -1; it must be 0 or more");
}

TEST_F(Prepare, BringsEveryNoteOfFilesFoldersAndZips) {
  folder_.write("in/a/0.mid", tune_midi(0));
  folder_.write("in/m.zip", zip_of({{.name = "1.mid", .bytes = tune_midi(1), .deflate = true}}));
  folder_.write("two", tune_midi(2));
  options_.sources = {folder_ / "two", folder_ / "in"};
  const auto report = run_well();
  EXPECT_EQ(report.pieces, 3);
  EXPECT_EQ(report.notes, 60);
  EXPECT_GT(report.tokens, 3 * (2 + 20 * 3));
  EXPECT_GT(report.hours, 0);
  EXPECT_THAT(remarks(report), ElementsAre());

  const Dataset pieces = dataset();
  ASSERT_EQ(pieces.pieces(), 3U);
  std::vector<events::PlainNote> notes;
  for (std::size_t i = 0; i < 3; ++i) {
    pieces.gather(i, 0, pieces.notes_of(i), notes);
    EXPECT_EQ(notes, events::plain_notes(tune(i)));
    EXPECT_EQ(pieces.info(i).hash, content_hash(notes));
  }
  EXPECT_EQ(local(pieces.info(1).source), "in/m.zip/1.mid");
}

TEST_F(Prepare, ABadFileDoesNotEndTheRun) {
  write_tunes(1);
  folder_.write("in/empty.mid", "");
  folder_.write("in/silent.mid", tune_midi(7, 0));
  folder_.write("in/text.mid", "Hello, this is not music");
  folder_.write("in/damaged.zip",
                zip_of({{.name = "a.mid", .bytes = tune_midi(3), .damaged = true}}));
  const auto report = run_well();
  EXPECT_EQ(report.pieces, 1);
  EXPECT_THAT(remarks(report), ElementsAre(HasSubstr("-in/damaged.zip/a.mid: cannot be unpacked"),
                                           HasSubstr("-in/empty.mid: is not a MIDI file"),
                                           "-in/silent.mid: has no notes",
                                           HasSubstr("-in/text.mid: is not a MIDI file: ")));
}

// A tune that begins `lead_us` after the start of its file.
std::string late_tune_midi(std::uint64_t number, std::int64_t lead_us) {
  midi::Performance performance = tune(number);
  const std::int64_t first_us = performance.notes.front().start_us;
  for (auto& note : performance.notes) note.start_us += lead_us - first_us;
  const auto bytes = midi::write_smf(performance, {.every_microsecond = true});
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST_F(Prepare, LeavesOutLongSilenceBeforeTheFirstNoteAndSaysSo) {
  folder_.write("in/a.mid", late_tune_midi(1, 3'784'000'000));
  folder_.write("in/b.mid", late_tune_midi(2, 3'000'000));
  folder_.write("in/c.mid", late_tune_midi(3, 2'000'000));
  folder_.write("in/d.mid", late_tune_midi(4, 0));
  folder_.write("in/e.mid", late_tune_midi(4, 60'000'000));
  const auto report = run_well();
  EXPECT_THAT(remarks(report),
              ElementsAre("+in/a.mid: 3784.0 seconds of silence before the first note left out",
                          "+in/b.mid: 3.0 seconds of silence before the first note left out",
                          "-in/e.mid: is the same performance as in/d.mid"));
  const Dataset pieces = dataset();
  ASSERT_EQ(pieces.pieces(), 4U);
  std::vector<std::int64_t> leads_us;
  std::vector<events::PlainNote> notes;
  for (std::size_t i = 0; i < 4; ++i) {
    pieces.gather(i, 0, pieces.notes_of(i), notes);
    leads_us.push_back(notes.front().start_us);
  }
  EXPECT_THAT(leads_us, ElementsAre(0, 0, 2'000'000, 0));
}

TEST_F(Prepare, KeepsAndReportsWhatCameBeforeACut) {
  const std::string whole = tune_midi(1, 200);
  folder_.write("in/cut.mid", whole.substr(0, whole.size() / 2));
  const auto report = run_well();
  EXPECT_GT(report.notes, 50);
  EXPECT_LT(report.notes, 150);
  ASSERT_EQ(report.files.size(), 1U);
  EXPECT_TRUE(report.files[0].taken);
  EXPECT_NE(report.files[0].reason, "");
}

TEST_F(Prepare, OnePieceIsNeverInBothSplits) {
  options_.split_percent = {34, 33, 33};
  for (int piece = 0; piece < 20; ++piece) {
    std::string table = "midi_filename,canonical_title\n";
    for (int take = 0; take < 3; ++take) {
      folder_.write(fmt::format("in/{}.mid", take), tune_midi(static_cast<std::uint64_t>(take)));
      table += fmt::format("{}.mid,Prelude {}\n", take, piece);
    }
    folder_.write("in/t.csv", table);
    const auto report = run_well();
    EXPECT_THAT(report.split_pieces, testing::Contains(3));
    EXPECT_TRUE(report.split_titles.empty());
  }
}

// MAESTRO 3.0.0 has five such titles; 962 pieces for training would become 961.
TEST_F(Prepare, KeepsTheSplitsOfATableAndReportsATitleInTwoOfThem) {
  folder_.write("in/t.csv",
                "canonical_composer,canonical_title,split,midi_filename\n"
                "Bach,\"Prelude, BWV 1\",train,0.mid\n"
                "bach,Prelude BWV 1,validation,1.mid\n"
                "Bach,Prelude BWV 1,,2.mid\n"
                "Bach,Prelude BWV 2,train,3.mid\n");
  write_tunes(4);
  const auto report = run_well();
  EXPECT_THAT(report.split_pieces, ElementsAre(2, 2, 0));
  EXPECT_EQ(infos_by_source()["in/0.mid"].split, Split::train);
  EXPECT_EQ(infos_by_source()["in/1.mid"].split, Split::validation);
  EXPECT_EQ(infos_by_source()["in/2.mid"].split, Split::validation) << "not listed for one";
  ASSERT_EQ(report.split_titles.size(), 1U);
  EXPECT_EQ(report.split_titles[0].composer, "Bach");
  EXPECT_EQ(report.split_titles[0].title, "Prelude, BWV 1");
  EXPECT_THAT(report.split_titles[0].pieces, ElementsAre(1, 2, 0));
}

TEST_F(Prepare, KeepsARowOfATableWhoseNotesAnotherRowHas) {
  folder_.write("in/t.csv", "midi_filename,split\n0.mid,train\n1.mid,test\n");
  folder_.write("in/0.mid", tune_midi(0));
  folder_.write("in/1.mid", tune_midi(0));
  folder_.write("in/2.mid", tune_midi(0));
  const auto report = run_well();
  EXPECT_THAT(report.split_pieces, ElementsAre(1, 0, 1));
  EXPECT_EQ(report.doubles_kept, 1);
  EXPECT_THAT(remarks(report),
              ElementsAre("+in/1.mid: has the same notes as in/0.mid; kept, because their table "
                          "lists both",
                          "-in/2.mid: is the same performance as in/0.mid"));
}

TEST_F(Prepare, SaysIfACopyIsListedForAnotherSplit) {
  for (const char* folder : {"in/a", "in/b"}) {
    const bool first = std::string_view(folder) == "in/a";
    folder_.write(fmt::format("{}/t.csv", folder),
                  fmt::format("midi_filename,split\n0.mid,{}\n", first ? "train" : "test"));
    folder_.write(fmt::format("{}/0.mid", folder), tune_midi(0));
  }
  const auto report = run_well();
  EXPECT_THAT(report.split_pieces, ElementsAre(1, 0, 0));
  EXPECT_THAT(remarks(report),
              ElementsAre("-in/b/0.mid: is the same performance as in/a/0.mid, which is listed for "
                          "train; this one is listed for test"));
}

TEST_F(Prepare, NamesCorpusKindAndPerformer) {
  folder_.write("in/a/0.mid", tune_midi(0));
  folder_.write(
      "in/maestro.zip",
      zip_of({{.name = "m/1.mid", .bytes = tune_midi(1)},
              {.name = "t.csv", .bytes = "midi_filename,performer\nm/1.mid,Horowitz\n"}}));
  run_well();
  EXPECT_EQ(infos_by_source()["in/a/0.mid"].corpus, "in");
  EXPECT_EQ(infos_by_source()["in/a/0.mid"].kind, MusicKind::unknown);
  EXPECT_EQ(infos_by_source()["in/maestro.zip/m/1.mid"].corpus, "maestro");
  EXPECT_EQ(infos_by_source()["in/maestro.zip/m/1.mid"].performer, "Horowitz");
  ASSERT_TRUE(set_field(options_, "corpus", "rolls").value());
  ASSERT_TRUE(set_field(options_, "kind", "roll").value());
  run_well();
  for (const auto& [source, info] : infos_by_source()) {
    EXPECT_EQ(info.corpus, "rolls") << source;
    EXPECT_EQ(info.kind, MusicKind::roll) << source;
  }
  EXPECT_THAT(set_field(options_, "kind", "organ").error().message, HasSubstr("disklavier"));
}

std::string song_in_tracks(int format = 1) {
  using midi::Track;
  const auto bytes = midi::smf(
      format, {Track().event(0, {0xFF, 3, 5}).text("Tempo").end(),
               Track().event(0, {0xFF, 3, 6}).text("MELODY").on(0, 60, 90).off(500, 60).end(),
               Track()
                   .event(0, {0xFF, 3, 5})
                   .text("PIANO")
                   .on(0, 60, 50)
                   .off(900, 60)
                   .on(0, 60)
                   .off(9, 60)
                   .end()});
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST_F(Prepare, TracksThatFollowOneAnotherAreNoParts) {
  folder_.write("in/songs.mid", song_in_tracks(2));
  EXPECT_EQ(run_well().notes, 3);
  EXPECT_THAT(dataset().info(0).parts, ElementsAre());
}

TEST_F(Prepare, KeepsTheTracksOfAFileAsParts) {
  folder_.write("in/0.mid", tune_midi(0));
  folder_.write("in/song.mid", song_in_tracks());
  const auto report = run_well();
  EXPECT_THAT(remarks(report), ElementsAre());
  EXPECT_EQ(report.notes, 22) << "two strikes of one key at one time are one note";
  EXPECT_EQ(report.pieces_with_parts, 1);
  const auto check = [&] {
    const Dataset pieces = dataset();
    EXPECT_THAT(pieces.info(0).parts, ElementsAre());
    EXPECT_THAT(pieces.info(1).parts, ElementsAre("MELODY", "PIANO"));
    const auto rows = pieces.rows_of(1);
    ASSERT_EQ(rows.pitch.size(), 3U);
    EXPECT_EQ(rows.note(0), (events::PlainNote{0, 500'000, 60, 90, 0}));
    EXPECT_EQ(rows.note(1), (events::PlainNote{0, 900'000, 60, 50, 1}));
    EXPECT_EQ(rows.note(2), (events::PlainNote{900'000, 9'000, 60, 64, 1}));
    EXPECT_THAT(pieces.music(1), ElementsAre(events::PlainNote{0, 900'000, 60, 90},
                                             events::PlainNote{900'000, 9'000, 60, 64}));
    EXPECT_EQ(pieces.info(1).hash, content_hash(pieces.music(1)));
  };
  check();
  // A dataset that is added to keeps the parts of its pieces.
  folder_.write("more/1.mid", tune_midi(1));
  options_.sources = {folder_ / "more"};
  options_.append = true;
  EXPECT_EQ(run_well().kept_pieces, 2);
  check();
}

TEST_F(Prepare, MeasuresTheMusic) {
  write_tunes(3);
  const auto report = run_well();
  EXPECT_EQ(report.music.pieces, 3);
  EXPECT_EQ(report.music.notes, report.notes);
  EXPECT_EQ(report.music.even_pieces, 0);
  EXPECT_EQ(report.music.pedalled_notes, 0);
  midi::Track track;
  track.sustain(0, 127).on(0, 60).off(100, 60).on(0, 62).off(500, 62).sustain(0, 0).end();
  const auto bytes = midi::smf(track);
  folder_.write("in/pedal.mid", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  EXPECT_EQ(run_well().music.pedalled_notes, 1);
}

TEST_F(Prepare, TakesSplitsAndTitlesFromMaestroInAnyVersion) {
  const std::map<std::string, std::string> tables = {
      {"maestro.csv",
       "canonical_composer,canonical_title,split,year,midi_filename,audio_filename,duration\r\n"
       "Liszt,\"Étude, No. 1\",test,2004,2004/0.midi,2004/0.wav,10.5\r\n"},
      {"v1.json", R"([{"canonical_composer": "Liszt", "canonical_title": "Étude, No. 1",
                       "split": "test", "year": 2004, "midi_filename": "2004/0.midi"}])"},
      {"v3.json", R"({"canonical_composer": {"0": "Liszt"}, "split": {"0": "test"},
                      "canonical_title": {"0": "Étude, No. 1"},
                      "midi_filename": {"0": "2004/0.midi"}, "year": {"0": 2004}})"}};
  for (const auto& [name, text] : tables) {
    folder_.write("in/m.zip", zip_of({{.name = "maestro/" + name, .bytes = text},
                                      {.name = "maestro/2004/0.midi", .bytes = tune_midi(0)},
                                      {.name = "maestro/2004/1.midi", .bytes = tune_midi(1)}}));
    options_.split_percent = {100, 0, 0};
    const auto report = run_well();
    EXPECT_THAT(report.split_pieces, ElementsAre(1, 0, 1)) << name;
    const auto info = infos_by_source()["in/m.zip/maestro/2004/0.midi"];
    EXPECT_EQ(info.composer, "Liszt");
    EXPECT_EQ(info.title, "Étude, No. 1");
    EXPECT_EQ(info.split, Split::test);
    EXPECT_THAT(remarks(report),
                ElementsAre("+in/m.zip/maestro/2004/1.midi: is not listed in in/m.zip/maestro/" +
                            name + ", so that its split is by content"));
  }
}

TEST_F(Prepare, ReportsATableThatIsNotRead) {
  folder_.write("in/t.json", R"({"midi_filename": {"0": )");
  write_tunes(3);
  const auto report = run_well();
  ASSERT_EQ(report.tables.size(), 1U);
  EXPECT_EQ(local(report.tables[0].file), "in/t.json");
  EXPECT_FALSE(report.tables[0].read);
  EXPECT_EQ(report.tables[0].reason, "is not JSON that can be read; it may be cut short");
  EXPECT_EQ(report.tables[0].split_by_content, 3);
  EXPECT_THAT(remarks(report), ElementsAre()) << "it is not one of the skipped files";
}

TEST_F(Prepare, ReportsABadRowOfATable) {
  folder_.write("in/t.csv", "midi_filename,split\n0.mid,test\n1.mid\n2.mid,train\n");
  write_tunes(3);
  const auto report = run_well();
  ASSERT_EQ(report.tables.size(), 1U);
  EXPECT_TRUE(report.tables[0].read);
  EXPECT_EQ(report.tables[0].reason,
            "line 3 has 1 fields where 2 were expected; does not list 1 of the files below its "
            "folder");
  EXPECT_EQ(report.tables[0].split_by_content, 1);
}

TEST_F(Prepare, SaysWhatAFileOfAnotherKindIs) {
  const std::map<std::string, std::pair<std::string, std::string>> files = {
      {"songs.tar.gz",
       {"\x1F\x8B\x08",
        "is a gzip archive (.gz, .tar.gz), where a MIDI file was "
        "expected; unpack it first"}},
      {"page.mid",
       {"<!DOCTYPE html><html>",
        "is a web page (HTML), where a MIDI file was expected; download the file "
        "itself, not the page about it"}},
      {"pointer.mid",
       {"version https://git-lfs.github.com/spec/v1\n",
        "is a Git LFS pointer, not the file itself, where a MIDI file was expected; "
        "fetch the file with 'git lfs pull'"}},
      {"score.mxl",
       {zip_of({{.name = "META-INF/container.xml", .bytes = "x"}}),
        "is a compressed MusicXML score (.mxl), where a MIDI file was expected; "
        "export it as MIDI from a notation program first"}},
      {"score.mscz",
       {zip_of({{.name = "score.mscx", .bytes = "x"}}),
        "is a MuseScore score (.mscz), where a MIDI file was expected; export it as "
        "MIDI from MuseScore first"}},
      {"cut.zip",
       {zip_of({{.name = "a.mid", .bytes = tune_midi(0)}}).substr(0, 60),
        "is a zip archive that seems cut short; download it again"}},
  };
  for (const auto& [name, file] : files) {
    const auto& [bytes, reason] = file;
    options_.sources = {folder_.write(name, bytes)};
    EXPECT_EQ(error(), name + ": " + reason);
  }
}

TEST_F(Prepare, ReadsTheWholeFilesOfAZipThatWasCutShort) {
  const auto zip = zip_of({{.name = "a.mid", .bytes = tune_midi(0)},
                           {.name = "b.mid", .bytes = tune_midi(1), .deflate = true},
                           {.name = "c.mid", .bytes = tune_midi(2)}});
  options_.sources = {folder_.write("m.zip", zip.substr(0, zip.rfind("PK\3\4") + 100))};
  const auto report = run_well();
  EXPECT_EQ(report.pieces, 2);
  EXPECT_THAT(remarks(report),
              ElementsAre("-m.zip: seems cut short, and only its first 2 files are read; download "
                          "it again"));
}

TEST_F(Prepare, DoesNotTakeTheFirstFileOfATarArchiveForAll) {
  std::string header(512, '\0');
  header.replace(0, 5, "a.mid");
  header.replace(257, 5, "ustar");
  options_.sources = {folder_.write("songs.mid", header + tune_midi(0))};
  EXPECT_EQ(error(),
            "songs.mid: is a tar archive, where a MIDI file was expected; unpack it first");
}

TEST_F(Prepare, RefusesADatasetThatAnotherProcessIsWriting) {
  write_tunes(1);
  const auto lock = FileLock::take_for_now(folder_ / ".out.notes.lock");
  ASSERT_TRUE(lock.has_value());
  const auto message = error();
  EXPECT_THAT(message, testing::StartsWith("out.notes: another 'pno prepare' is writing it; "));
  EXPECT_FALSE(fs::exists(options_.output));
}

TEST_F(Prepare, LeavesNoLockBehind) {
  write_tunes(1);
  run_well();
  options_.append = true;
  run_well();
  EXPECT_THAT(files_beside_input(), ElementsAre("out.notes"));
}

TEST_F(Prepare, KeepsTheSamePerformanceOnce) {
  write_tunes(2);
  const auto other =
      midi::write_smf(tune(0), {.title = "by another name", .every_microsecond = true});
  const std::string bytes(reinterpret_cast<const char*>(other.data()), other.size());
  folder_.write("in/copy.zip", zip_of({{.name = "0.mid", .bytes = bytes}}));
  const auto report = run_well();
  EXPECT_EQ(report.pieces, 2);
  EXPECT_THAT(remarks(report),
              ElementsAre("-in/copy.zip/0.mid: is the same performance as in/0.mid"));
}

TEST_F(Prepare, LearnsFromTheTableOfACopy) {
  folder_.write("in/0.mid", tune_midi(0));
  folder_.write("in/m/0.mid", tune_midi(0));
  folder_.write("in/m/t.csv", "midi_filename,canonical_title,split\n0.mid,Fugue,test\n");
  options_.split_percent = {100, 0, 0};
  run_well();
  const auto info = infos_by_source()["in/0.mid"];
  EXPECT_EQ(info.split, Split::test) << "as the table says of the copy";
  EXPECT_EQ(info.title, "Fugue");
}

TEST_F(Prepare, KeepsSplitsWhenFilesAreAdded) {
  options_.split_percent = {50, 25, 25};
  write_tunes(40);
  const auto report = run_well();
  EXPECT_THAT(report.split_pieces, testing::Each(testing::Gt(0)));
  EXPECT_THAT(report.split_tokens, testing::Each(testing::Gt(0)));
  EXPECT_EQ(std::reduce(report.split_tokens.begin(), report.split_tokens.end()), report.tokens);
  const auto before = infos_by_source();
  write_tunes(80);
  run_well();
  const auto after = infos_by_source();
  ASSERT_EQ(after.size(), 80U);
  for (const auto& [source, info] : before) EXPECT_EQ(after.at(source).split, info.split) << source;
}

TEST_F(Prepare, GivesTheSameBytesForAnyThreadsAndAnyOrderOfSources) {
  write_tunes(60);
  folder_.write("in/text.mid", "no music");
  folder_.write("in/copy.mid", tune_midi(30));
  folder_.write("z.zip", zip_of({{.name = "a.mid", .bytes = tune_midi(100)},
                                 {.name = "b.mid", .bytes = tune_midi(31)}}));
  options_.sources = {folder_ / "in", folder_ / "z.zip"};
  options_.threads = 1;
  run_well();
  const std::string expected = read_bytes(options_.output);
  options_.sources = {folder_ / "z.zip", folder_ / "in", folder_ / "in/3.mid"};
  for (const int threads : {2, 4, 7}) {
    options_.threads = threads;
    run_well();
    EXPECT_EQ(read_bytes(options_.output), expected) << threads << " threads";
  }
}

TEST_F(Prepare, StoresANameThatIsNoUtf8) {
  folder_.write("in/caf\xe9.mid", tune_midi(0));
  folder_.write("in/t.csv", "midi_filename,canonical_title\ncaf\xe9.mid,Caf\xe9\n");
  run_well();
  EXPECT_EQ(local(dataset().info(0).source), "in/caf\\xe9.mid");
  EXPECT_EQ(dataset().info(0).title, "Café") << "the table is in Windows-1252";
}

TEST_F(Prepare, SkipsBombs) {
  midi::Performance burst = tune(0);
  for (int i = 0; i < 120; ++i) {
    burst.notes.push_back({.start_us = 10'000'000 + i * 1000,
                           .length_us = 500,
                           .key_length_us = 500,
                           .pitch = static_cast<std::uint8_t>(i),
                           .velocity = 1,
                           .channel = 0});
  }
  const auto bytes = midi::write_smf(burst, {.every_microsecond = true});
  folder_.write("in/burst.mid", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  folder_.write("in/long.mid", tune_midi(1, 2000));
  folder_.write("in/many.mid", tune_midi(2, 150));
  folder_.write("in/ok.mid", tune_midi(3));
  folder_.write(
      "in/z.zip",
      zip_of(
          {{.name = "a.mid", .bytes = tune_midi(4) + std::string(3 << 20, '\0'), .deflate = true},
           {.name = "inner.zip", .bytes = std::string(2000, 'x')}}));
  ASSERT_TRUE(set_field(options_, "max_notes_per_second", "100").value());
  ASSERT_TRUE(set_field(options_, "max_notes", "145").value());
  const auto limits = [&](const char* field, const char* value) {
    ASSERT_TRUE(set_field(options_, field, value).value());
  };
  limits("max_ratio", "100");
  limits("max_inner_zip_bytes", "1000");
  EXPECT_THAT(
      remarks(run_well()),
      ElementsAre(
          "-in/burst.mid: has 120 notes within one second, more than the limit of 100",
          testing::AllOf(HasSubstr("-in/long.mid"), HasSubstr("145")),
          testing::AllOf(HasSubstr("-in/many.mid"), HasSubstr("145")),
          testing::ContainsRegex("-in/z.zip/a.mid: unpacks to [0-9]+ times its packed size"),
          "-in/z.zip/inner.zip: unpacks to 2000 bytes, more than the limit of 1000"));
  limits("max_file_bytes", "5000");
  EXPECT_THAT(remarks(run_well())[1], testing::AllOf(HasSubstr("-in/long.mid: is "),
                                                     HasSubstr("more than the limit of 5000")));
}

TEST_F(Prepare, LeavesOutWhatTheFiltersSay) {
  write_tunes(1);
  folder_.write("in/short.mid", tune_midi(8, 3));
  EXPECT_EQ(run_well().pieces, 2) << "filters are off by default";
  options_.filters.min_notes = 10;
  EXPECT_THAT(remarks(run_well()),
              ElementsAre("-in/short.mid: has 3 notes, fewer than the 10 asked for"));
}

TEST_F(Prepare, StoresTheLicenceOfEachPiece) {
  write_tunes(1);
  folder_.write("in/LICENSE", "CC BY-NC-SA 4.0\n\nThe MIDI files\n");
  run_well();
  EXPECT_EQ(dataset().info(0).licence, "CC BY-NC-SA 4.0");
  options_.licence = "CC0";
  run_well();
  EXPECT_EQ(dataset().info(0).licence, "CC0");
}

TEST_F(Prepare, AppendKeepsWhatIsThere) {
  folder_.write("in/t.csv", "midi_filename,canonical_title,split\n0.mid,Fugue,train\n");
  write_tunes(2);
  options_.append = true;
  EXPECT_EQ(run_well().kept_pieces, 0) << "nothing was there";
  const auto before = infos_by_source();

  folder_.write("more/t.csv", "midi_filename,canonical_title,split\n2.mid,Fugue,test\n");
  folder_.write("more/2.mid", tune_midi(2));
  folder_.write("more/1.mid", tune_midi(1));
  options_.sources = {folder_ / "more"};
  const auto report = run_well();
  EXPECT_EQ(report.kept_pieces, 2);
  EXPECT_EQ(report.pieces, 1);
  EXPECT_THAT(remarks(report), ElementsAre("-more/1.mid: is the same performance as in/1.mid"));
  const auto after = infos_by_source();
  ASSERT_EQ(after.size(), 3U);
  EXPECT_EQ(after.at("in/1.mid").split, before.at("in/1.mid").split);
  EXPECT_EQ(after.at("more/2.mid").split, Split::test) << "as its table lists it";
  ASSERT_EQ(report.split_titles.size(), 1U);
  EXPECT_EQ(report.split_titles[0].title, "Fugue");

  const std::string bytes = read_bytes(options_.output);
  EXPECT_EQ(run_well().pieces, 0) << "all is there already";
  EXPECT_EQ(read_bytes(options_.output), bytes);
}

TEST_F(Prepare, AppendRefusesWhatIsNoDataset) {
  write_tunes(1);
  folder_.write("out.notes", "not a dataset, but a file of the user");
  options_.append = true;
  EXPECT_THAT(error(), HasSubstr("out.notes"));
  EXPECT_EQ(read_bytes(options_.output), "not a dataset, but a file of the user");
}

TEST_F(Prepare, LeavesNoHalfDatasetWhenInterrupted) {
  write_tunes(50);
  options_.sources = {folder_ / "in"};
  const auto report = prepare(options_, [](std::int64_t done, std::int64_t) {
    if (done == 10) set_interrupted(true);
  });
  set_interrupted(false);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind, Error::Kind::interrupted);
  EXPECT_THAT(files_beside_input(), ElementsAre());
}

// A limit on the size of files stands for a disk that fills: the write fails in its middle.
TEST_F(Prepare, LeavesNoHalfDatasetOnAFullDisk) {
  write_tunes(50);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 4096, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto report = run();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(report.has_value());
  EXPECT_THAT(local(report.error().message), HasSubstr("out.notes: cannot be written"));
  EXPECT_THAT(files_beside_input(), ElementsAre());
}

TEST_F(Prepare, TellsOfAnOutputThatCannotBeWrittenBeforeTheWork) {
  write_tunes(1);
  options_.output = folder_ / "gone/out.notes";
  bool any_progress = false;
  options_.sources = {folder_ / "in"};
  const auto report = prepare(options_, [&](std::int64_t, std::int64_t) { any_progress = true; });
  EXPECT_FALSE(report.has_value());
  EXPECT_FALSE(any_progress);
}

TEST_F(Prepare, AnswersSourcesWithoutMusicWithASentence) {
  EXPECT_EQ(error(), "in: no such file or folder; check the spelling of the path");
  fs::create_directory(folder_ / "in");
  EXPECT_EQ(error(), "in: holds no MIDI files (.mid, .midi, .kar, .rmi) and no zip of them");
  folder_.write("in/e.zip", zip_of({}));
  EXPECT_EQ(error(), "in: holds no MIDI files (.mid, .midi, .kar, .rmi) and no zip of them");
  folder_.write("in/b.mid", "Hello");
  EXPECT_THAT(error(), HasSubstr("in/b.mid: is not a MIDI file: "));
  folder_.write("in/c.mid", tune_midi(0, 0));
  EXPECT_THAT(error(),
              HasSubstr("none of 2 files can be used; the first, in/b.mid, is not a MIDI file"));
  EXPECT_THAT(files_beside_input(), ElementsAre());
}

TEST_F(Prepare, AnswersOptionsThatMakeNoSense) {
  write_tunes(1);
  options_.split_percent = {90, 5, 6};
  EXPECT_EQ(error(), "the split 90/5/6 does not sum to 100 percent; as in 90/5/5");
  options_.split_percent = {110, -5, -5};
  EXPECT_THAT(error(), HasSubstr("110/-5/-5"));
  options_.split_percent = {90, 5, 5};
  options_.filters.max_silence = 50;
  EXPECT_THAT(error(), HasSubstr("max_silence is 50"));
}

TEST_F(Prepare, AccountsForItsTime) {
  write_tunes(20);
  options_.threads = 1;
  const auto report = run_well();
  double sum = 0;
  PrepareTimes::fields(report.times, [&](std::string_view name, double seconds, std::string_view) {
    EXPECT_GT(seconds, 0) << name;
    sum += seconds;
  });
  EXPECT_LE(sum, report.seconds);
  EXPECT_GT(report.bytes, 20 * 20 * 4);
}

TEST(PrepareOptions, HasNoTwoFieldsOfOneName) {
  std::map<std::string, int> names;
  const PrepareOptions options;
  PrepareOptions::fields(options, [&](std::string_view name, const auto&, std::string_view help) {
    EXPECT_EQ(names[std::string(name)]++, 0) << name;
    EXPECT_FALSE(help.empty()) << name;
  });
}

}  // namespace
}  // namespace pno::corpus
