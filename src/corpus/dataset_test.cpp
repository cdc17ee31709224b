#include "corpus/dataset.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "corpus/dataset_format.h"
#include "events/random_music.h"

namespace pno::corpus {
namespace {

using events::PlainNote;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::filesystem::path scratch(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / fmt::format("pno-{}-{}", ::getpid(), name);
}

// A path in the folder for temporary files that is gone after the test.
struct Scratch {
  explicit Scratch(const std::string& name) : path(scratch(name)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove(path); }
  std::filesystem::path path;
};

Piece piece_of(std::vector<PlainNote> notes, PieceInfo info = {}) {
  if (info.hash.empty()) info.hash = content_hash(notes);
  return {std::move(info), std::move(notes)};
}

std::vector<Piece> three_pieces() {
  return {
      piece_of({{0, 500'000, 60, 64}, {0, 400'000, 64, 70}, {250'000, 1, 20, 1}},
               {.title = "Prélude",
                .composer = "Bach",
                .performer = "Tureck",
                .corpus = "preludes",
                .source = "a.zip/a.mid",
                .licence = "CC0"}),
      piece_of({{12, 7, 127, 127}}, {.source = "b.mid",
                                     .licence = "CC BY 4.0",
                                     .kind = MusicKind::roll,
                                     .split = Split::validation}),
      piece_of(events::random_notes(3, 50), {.source = "c.mid", .licence = "CC0"}),
  };
}

std::vector<PlainNote> notes_of(const Dataset& dataset, std::size_t piece) {
  std::vector<PlainNote> notes;
  dataset.gather(piece, 0, dataset.notes_of(piece), notes);
  return notes;
}

TEST(Dataset, HoldsWhatWasWritten) {
  const Scratch file("holds.notes");
  const auto pieces = three_pieces();
  ASSERT_TRUE(write_dataset(file.path, pieces));
  const auto dataset = Dataset::open(file.path);
  ASSERT_TRUE(dataset) << dataset.error().message;
  ASSERT_EQ(dataset->pieces(), pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    EXPECT_EQ(notes_of(*dataset, i), pieces[i].notes);
    EXPECT_EQ(dataset->info(i).title, pieces[i].info.title);
    EXPECT_EQ(dataset->info(i).composer, pieces[i].info.composer);
    EXPECT_EQ(dataset->info(i).source, pieces[i].info.source);
    EXPECT_EQ(dataset->info(i).licence, pieces[i].info.licence);
    EXPECT_EQ(dataset->info(i).hash, pieces[i].info.hash);
    EXPECT_EQ(dataset->info(i).split, pieces[i].info.split);
    EXPECT_EQ(dataset->info(i).performer, pieces[i].info.performer);
    EXPECT_EQ(dataset->info(i).corpus, pieces[i].info.corpus);
    EXPECT_EQ(dataset->info(i).kind, pieces[i].info.kind);
    EXPECT_EQ(dataset->info(i).parts, pieces[i].info.parts);
  }
  EXPECT_EQ(dataset->pitch_range(0), std::pair(20, 64));
  EXPECT_EQ(dataset->pitch_range(1), std::pair(127, 127));
  EXPECT_THAT(dataset->split(Split::train), ElementsAre(0, 2));
  EXPECT_THAT(dataset->split(Split::validation), ElementsAre(1));
  EXPECT_THAT(dataset->split(Split::test), IsEmpty());
  EXPECT_EQ(dataset->licences(), "CC BY 4.0; CC0");
}

// As version 1 was: a file of pieces without parts has no column for them.
TEST(Dataset, WithoutPartsHasNoColumnOfThem) {
  const Scratch file("compact.notes");
  ASSERT_TRUE(write_dataset(file.path, three_pieces()));
  const auto tensors = SafetensorsFile::open(file.path);
  EXPECT_EQ(tensors->find("part"), nullptr);
  EXPECT_NE(tensors->find("pitch"), nullptr);
}

// Two parts that strike, hold and cut the same pitches: (start, length, pitch, velocity, part).
std::vector<PlainNote> duet() {
  return {{0, 900, 60, 50, 0},   {0, 400, 60, 90, 1},  {0, 100, 64, 50, 1},
          {300, 600, 60, 70, 1}, {500, 10, 60, 20, 0}, {500, 10, 72, 20, 0}};
}

std::vector<PlainNote> duet_music() {
  return {
      {0, 300, 60, 90}, {0, 100, 64, 50}, {300, 200, 60, 70}, {500, 10, 60, 20}, {500, 10, 72, 20}};
}

TEST(Dataset, KeepsPartsApartAndGathersThemMerged) {
  const Scratch file("parts.notes");
  auto pieces = three_pieces();
  pieces.insert(pieces.begin() + 1,
                piece_of(duet(), {.source = "duet.mid", .parts = {"MELODY", "PIANO"}}));
  ASSERT_TRUE(write_dataset(file.path, pieces));
  const auto dataset = Dataset::open(file.path);
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_THAT(dataset->info(1).parts, ElementsAre("MELODY", "PIANO"));
  const auto rows = dataset->rows_of(1);
  ASSERT_EQ(rows.pitch.size(), duet().size());
  for (std::size_t i = 0; i < duet().size(); ++i) EXPECT_EQ(rows.note(i), duet()[i]) << i;
  EXPECT_EQ(dataset->music(1), duet_music());
  EXPECT_EQ(dataset->music(3), pieces[3].notes);
  EXPECT_EQ(dataset->notes_of(1), 5);
  EXPECT_EQ(dataset->notes(), dataset->rows() - 1);
  // A note is cut by one that is not gathered.
  std::vector<PlainNote> notes;
  for (std::int64_t first = 0; first < 5; ++first) {
    for (std::int64_t count = 0; first + count <= 5; ++count) {
      dataset->gather(1, first, count, notes);
      const auto music = duet_music();
      EXPECT_TRUE(std::equal(notes.begin(), notes.end(), music.begin() + first,
                             music.begin() + first + count))
          << first << " " << count;
    }
  }
}

TEST(Dataset, GathersTheMiddleOfAPiece) {
  const Scratch file("middle.notes");
  const auto pieces = three_pieces();
  ASSERT_TRUE(write_dataset(file.path, pieces));
  const auto dataset = Dataset::open(file.path);
  std::vector<PlainNote> notes;
  dataset->gather(2, 10, 5, notes);
  EXPECT_TRUE(std::equal(notes.begin(), notes.end(), pieces[2].notes.begin() + 10));
  EXPECT_EQ(notes.size(), 5U);
  EXPECT_DEATH(dataset->gather(1, 0, 2, notes), "beyond their piece");
}

TEST(Dataset, SurvivesBeingMoved) {
  const Scratch file("moved.notes");
  ASSERT_TRUE(write_dataset(file.path, three_pieces()));
  auto opened = Dataset::open(file.path);
  const Dataset dataset = std::move(*opened);
  EXPECT_EQ(notes_of(dataset, 2), three_pieces()[2].notes);
}

TEST(Dataset, SamePiecesAreTheSameBytes) {
  const Scratch a("same-a.notes"), b("same-b.notes");
  ASSERT_TRUE(write_dataset(a.path, three_pieces()));
  ASSERT_TRUE(write_dataset(b.path, three_pieces()));
  EXPECT_EQ(*read_text(a.path), *read_text(b.path));
}

TEST(Dataset, ANameThatIsNoUtf8IsKeptAsFarAsItCanBe) {
  const Scratch file("utf8.notes");
  ASSERT_TRUE(write_dataset(
      file.path, std::vector{piece_of({{0, 1, 60, 64}}, {.source = "caf\xe9 \"x\"\n.mid"})}));
  EXPECT_EQ(Dataset::open(file.path)->info(0).source, "caf\xef\xbf\xbd \"x\"\n.mid");
}

TEST(WriteDataset, RefusesWhatOpenWouldRefuse) {
  const auto error_of = [](const Piece& piece) {
    const Scratch file("refused.notes");
    const auto written = write_dataset(file.path, std::vector{piece});
    EXPECT_FALSE(std::filesystem::exists(file.path));
    return written ? "no error" : written.error().message;
  };
  const PieceInfo info = {.source = "x.mid"};
  EXPECT_THAT(error_of(piece_of({}, info)), HasSubstr("x.mid cannot be stored: it has no notes"));
  EXPECT_THAT(error_of(piece_of({{5, 1, 60, 1}, {0, 1, 60, 1}}, info)),
              HasSubstr("note 1 comes before the note that precedes it"));
  EXPECT_THAT(error_of(piece_of({{kMaxStartUs, 1, 60, 1}}, info)), HasSubstr("note 0 starts at"));
  EXPECT_THAT(write_dataset("x.notes", {}).error().message, HasSubstr("no pieces"));
}

// A file like write_dataset()'s, of which one thing can be made wrong.
struct Columns {
  std::vector<std::int64_t> start_us = {0, 0, 500};
  std::vector<std::uint32_t> length_us = {100, 100, 100};
  std::vector<std::uint8_t> pitch = {60, 64, 60}, velocity = {64, 64, 64};
  std::vector<std::uint8_t> part = {};  // left out if empty
  std::vector<std::int64_t> piece_first = {0, 2, 3};
  nlohmann::json pieces = {{{"source", "a.mid"}, {"hash", "0123456789abcdef"}, {"split", "train"}},
                           {{"source", "b.mid"}, {"hash", "fedcba9876543210"}, {"split", "test"}}};
  TextFields metadata = {{"format", "pno.notes"}, {"version", "2"}};
};

// The message for the file without its name, which it must begin with; empty if it is good.
template <class Change>
std::string error_after(Change&& change) {
  Columns parts;
  change(parts);
  if (!parts.pieces.is_null()) parts.metadata.try_emplace("pieces", parts.pieces.dump());
  const auto size = [](const auto& values) { return static_cast<std::int64_t>(values.size()); };
  std::vector<Tensor> tensors = {
      Tensor::of<std::int64_t>("start_us", {size(parts.start_us)}, parts.start_us),
      Tensor::of<std::int64_t>("piece_first", {size(parts.piece_first)}, parts.piece_first),
      Tensor::of<std::uint32_t>("length_us", {size(parts.length_us)}, parts.length_us),
      Tensor::of<std::uint8_t>("pitch", {size(parts.pitch)}, parts.pitch),
      Tensor::of<std::uint8_t>("velocity", {size(parts.velocity)}, parts.velocity)};
  if (!parts.part.empty()) {
    tensors.push_back(Tensor::of<std::uint8_t>("part", {size(parts.part)}, parts.part));
  }
  const Scratch file("bad.notes");
  EXPECT_TRUE(write_safetensors(file.path, tensors, parts.metadata));
  const auto dataset = Dataset::open(file.path);
  if (dataset) return "";
  EXPECT_THAT(dataset.error().message, StartsWith(file.path.string() + ": "));
  return dataset.error().message.substr(file.path.string().size() + 2);
}

TEST(Dataset, ReadsVersion1AsPiecesOfOnePartOfUnknownKind) {
  EXPECT_EQ(error_after([](Columns& p) { p.metadata["version"] = "1"; }), "");
}

TEST(BadDataset, IsGoodIfNothingIsChanged) {
  EXPECT_EQ(error_after([](Columns&) {}), "");
}

TEST(BadDataset, AModelIsTold) {
  EXPECT_EQ(error_after([](Columns& p) { p.metadata["format"] = "pno.model"; }),
            "is a model where a dataset was expected; 'pno prepare' makes datasets");
}

TEST(BadDataset, AnotherProgramsFileIsTold) {
  EXPECT_EQ(error_after([](Columns& p) { p.metadata.erase("format"); }),
            "is a safetensors file, but no dataset of pno; 'pno prepare' makes them");
}

TEST(BadDataset, AnotherVersionIsTold) {
  EXPECT_EQ(error_after([](Columns& p) { p.metadata["version"] = "3"; }),
            "is a dataset of version '3' where version 1 or 2 was expected; use a newer pno, or "
            "prepare it again");
}

TEST(BadDataset, ThePiecesAreAJsonListOfObjects) {
  const auto with = [](std::string text) {
    return error_after([&](Columns& p) { p.metadata["pieces"] = std::move(text); });
  };
  EXPECT_EQ(error_after([](Columns& p) { p.pieces = nullptr; }), "its list of pieces is missing");
  for (const char* text : {"", "[", "{}", "[1, 2]", "[[{}]]", "{\"a\": {}}", "nonsense"}) {
    EXPECT_EQ(with(text), "its list of pieces: is not a JSON list of objects") << text;
  }
  EXPECT_EQ(with("[]"), "holds no pieces; prepare it again");
}

TEST(BadDataset, APieceHasItsFields) {
  const auto with = [](const char* field, const nlohmann::json& value) {
    return error_after([&](Columns& p) { p.pieces[1][field] = value; });
  };
  EXPECT_EQ(with("title", 3), "its list of pieces: piece 1 has a title that is not text");
  EXPECT_EQ(with("split", "training"),
            "its list of pieces: piece 1 has a split that is not one of train, validation, test");
  for (const char* hash : {"", "0123456789abcde", "0123456789ABCDEF", "0123456789abcdef0"}) {
    EXPECT_EQ(with("hash", hash), "its list of pieces: piece 1 has no hash of 16 hex digits");
  }
  EXPECT_EQ(with("performer", 3), "its list of pieces: piece 1 has a performer that is not text");
  EXPECT_EQ(with("corpus", 3), "its list of pieces: piece 1 has a corpus that is not text");
  EXPECT_EQ(with("kind", "organ"),
            "its list of pieces: piece 1 has a kind that is not one of unknown, disklavier, roll, "
            "transcribed, sequenced");
  const auto* no_names = "its list of pieces: piece 1 has parts that are not a list of names";
  EXPECT_EQ(with("parts", "MELODY"), no_names);
  EXPECT_EQ(with("parts", {"MELODY", 2}), no_names);
  EXPECT_EQ(with("parts", std::vector<std::string>(257)),
            "its list of pieces: piece 1 has 257 parts, more than the 256 allowed");
  EXPECT_EQ(with("parts", std::vector<std::string>(256)), "");
  EXPECT_EQ(with("added_by_a_later_version", 3), "");
}

TEST(BadDataset, AColumnOfAnotherTypeOrLengthIsTold) {
  EXPECT_THAT(error_after([](Columns& p) { p.pitch.pop_back(); }),
              StartsWith("tensor 'pitch' is U8 [2] where U8 [3] was expected"));
  EXPECT_THAT(error_after([](Columns& p) { p.length_us.clear(); }),
              StartsWith("tensor 'length_us' is U32 [0] where U32 [3] was expected"));
  EXPECT_THAT(error_after([](Columns& p) { p.piece_first.pop_back(); }),
              StartsWith("tensor 'piece_first' is I64 [2] where I64 [3] was expected"));

  const Scratch file("dtype.notes");
  const Columns good;
  const Tensor tensors[] = {Tensor::of<std::uint32_t>("start_us", {3}, good.length_us),
                            Tensor::of<std::int64_t>("piece_first", {3}, good.piece_first)};
  auto metadata = good.metadata;
  metadata["pieces"] = good.pieces.dump();
  ASSERT_TRUE(write_safetensors(file.path, tensors, metadata));
  EXPECT_THAT(Dataset::open(file.path).error().message,
              HasSubstr("tensor 'start_us' is U32 [3] where I64 [-1] was expected"));
}

TEST(BadDataset, ThePiecesCoverTheNotes) {
  const auto with = [](std::vector<std::int64_t> piece_first) {
    return error_after([&](Columns& p) { p.piece_first = std::move(piece_first); });
  };
  const auto* message = "piece_first does not rise from 0 to the 3 notes there are";
  EXPECT_EQ(with({1, 2, 3}), message);
  EXPECT_EQ(with({0, 2, 2}), message);
  EXPECT_EQ(with({0, 2, 4}), message);
  EXPECT_EQ(with({0, 4, 3}), message);
  EXPECT_EQ(with({0, -1, 3}), message);
  EXPECT_EQ(with({0, 3, 3}), "piece 1 (b.mid): it has no notes");
}

TEST(BadDataset, ANoteOutOfRangeIsTold) {
  EXPECT_EQ(error_after([](Columns& p) { p.start_us[2] = -1; }),
            "piece 1 (b.mid): note 0 starts at -1 us, where 0 to 1099511627775 is allowed");
  EXPECT_EQ(error_after([](Columns& p) { p.start_us[2] = kMaxStartUs; }),
            "piece 1 (b.mid): note 0 starts at 1099511627776 us, where 0 to 1099511627775 is "
            "allowed");
  EXPECT_EQ(error_after([](Columns& p) { p.start_us[2] = kMaxStartUs - 1; }), "");
  EXPECT_EQ(error_after([](Columns& p) { p.length_us[1] = 0; }),
            "piece 0 (a.mid): note 1 has no length");
  EXPECT_EQ(error_after([](Columns& p) { p.pitch[1] = 128; }),
            "piece 0 (a.mid): note 1 has pitch 128, where 0 to 127 is allowed");
  EXPECT_EQ(error_after([](Columns& p) { p.velocity[1] = 0; }),
            "piece 0 (a.mid): note 1 has velocity 0, where 1 to 127 is allowed");
  EXPECT_EQ(error_after([](Columns& p) { p.velocity[1] = 128; }),
            "piece 0 (a.mid): note 1 has velocity 128, where 1 to 127 is allowed");
}

TEST(BadDataset, NotesOutOfOrderAreTold) {
  const auto* message =
      "piece 0 (a.mid): note 1 comes before the note that precedes it; notes are sorted by start, "
      "pitch and part";
  EXPECT_EQ(error_after([](Columns& p) { p.pitch[1] = 59; }), message);
  EXPECT_EQ(error_after([](Columns& p) { p.start_us[0] = 1; }), message);
  const auto with_parts = [](std::vector<std::uint8_t> part) {
    return error_after([&](Columns& p) {
      p.pieces[0]["parts"] = {"left", "right"};
      p.pitch[1] = p.pitch[0];
      p.part = std::move(part);
    });
  };
  EXPECT_EQ(with_parts({0, 1, 0}), "");
  EXPECT_EQ(with_parts({1, 0, 0}), message);
}

TEST(BadDataset, ANoteOfAPartThatThePieceDoesNotNameIsTold) {
  const auto with = [](std::vector<std::uint8_t> part) {
    return error_after([&](Columns& p) {
      p.pieces[0]["parts"] = {"left", "right"};
      p.part = std::move(part);
    });
  };
  EXPECT_EQ(with({1, 0, 0}), "");
  EXPECT_EQ(with({0, 2, 0}), "piece 0 (a.mid): note 1 has part 2, where 0 to 1 is allowed");
  EXPECT_EQ(with({0, 1, 1}), "piece 1 (b.mid): note 0 has part 1, where 0 to 0 is allowed");
  EXPECT_THAT(with({0, 1}), StartsWith("tensor 'part' is U8 [2] where U8 [3] was expected"));
}

TEST(BadDataset, EveryCutOfAFileIsAnError) {
  const Scratch file("cut.notes");
  ASSERT_TRUE(write_dataset(file.path, three_pieces()));
  const auto text = *read_text(file.path);
  std::vector<std::uint64_t> aligned(text.size() / 8 + 1);
  std::memcpy(aligned.data(), text.data(), text.size());
  const auto bytes = std::as_bytes(std::span(aligned)).first(text.size());
  ASSERT_TRUE(Dataset::parse(bytes, "whole"));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto cut = Dataset::parse(bytes.first(length), "cut.notes");
    ASSERT_FALSE(cut) << length;
    ASSERT_THAT(cut.error().message, StartsWith("cut.notes: "));
  }
}

TEST(BadDataset, AFileThatIsNotThereIsNamed) {
  EXPECT_EQ(Dataset::open("/nowhere/x.notes").error().message,
            "/nowhere/x.notes: cannot be read: No such file or directory; check the spelling of "
            "the path");
}

// Splits and the search for doubles rest on it: a new hash would shuffle everybody's datasets.
TEST(ContentHash, IsPinned) {
  EXPECT_EQ(content_hash(std::vector<PlainNote>{{0, 500'000, 60, 64}}), "e5c7ad89c90e39cd");
  EXPECT_EQ(content_hash(three_pieces()[0].notes), "6cf143d6a6f053b6");
}

TEST(ContentHash, EveryBitOfANoteCounts) {
  const std::vector<PlainNote> notes = {{1000, 500, 60, 64}, {2000, 500, 61, 64}};
  std::set<std::string> hashes = {content_hash(notes), content_hash(std::span(notes).first(1)),
                                  content_hash({})};
  std::size_t variants = hashes.size();
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const auto vary = [&](auto PlainNote::*field, int bits) {
      for (int bit = 0; bit < bits; ++bit, ++variants) {
        auto other = notes;
        other[i].*field ^= static_cast<std::remove_reference_t<decltype(other[i].*field)>>(
            std::uint64_t{1} << bit);
        hashes.insert(content_hash(other));
      }
    };
    vary(&PlainNote::start_us, 64);
    vary(&PlainNote::length_us, 32);
    vary(&PlainNote::pitch, 8);
    vary(&PlainNote::velocity, 8);
  }
  hashes.insert(content_hash(std::vector{notes[1], notes[0]}));
  EXPECT_EQ(hashes.size(), variants + 1);
}

TEST(SlowDataset, HoldsAMillionSmallPieces) {
  const Scratch file("million.notes");
  constexpr std::size_t kPieces = 1'000'000;
  {
    std::vector<Piece> pieces;
    pieces.reserve(kPieces);
    for (std::size_t i = 0; i < kPieces; ++i) {
      pieces.push_back(piece_of({{static_cast<std::int64_t>(i), 1, 60, 64}},
                                {.source = fmt::format("{}.mid", i)}));
    }
    ASSERT_TRUE(write_dataset(file.path, pieces));
  }
  const auto dataset = Dataset::open(file.path);
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->pieces(), kPieces);
  EXPECT_EQ(dataset->info(kPieces - 1).source, "999999.mid");
  EXPECT_THAT(notes_of(*dataset, 777'777), ElementsAre(PlainNote{777'777, 1, 60, 64}));
}

}  // namespace
}  // namespace pno::corpus
