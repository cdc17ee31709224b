// Music that must stay unseen, and recordings that come twice, in prepare().

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "corpus/prepare/prepare.h"
#include "corpus/test_files.h"
#include "midi/smf_writer.h"

namespace pno::corpus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr int kNotes = 200;

std::string midi_of(const midi::Performance& performance) {
  const auto bytes = midi::write_smf(performance, {.every_microsecond = true});
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Another performance of tune(number): another tempo, and the last notes missing.
std::string other_performance(std::uint64_t number, int slower_percent) {
  auto performance = tune(number, kNotes);
  performance.notes.resize(kNotes - 20);
  for (auto& note : performance.notes) note.start_us += note.start_us * slower_percent / 100;
  return midi_of(performance);
}

// A copy of the recording of tune(number): half a second later, softer.
std::string copy_of_recording(std::uint64_t number) {
  auto performance = tune(number, kNotes);
  for (auto& note : performance.notes) {
    note.start_us += 500'000;
    note.velocity = static_cast<std::uint8_t>((note.velocity + 1) / 2);
  }
  return midi_of(performance);
}

constexpr std::string_view kHeader = "midi_filename,canonical_title,canonical_composer,split\n";

class PrepareMusic : public testing::Test {
 protected:
  PrepareReport run(PrepareOptions options, const std::vector<std::string>& sources) {
    for (const auto& source : sources) options.sources.push_back(folder_ / source);
    options.output = folder_ / "out.notes";
    auto report = prepare(options, {});
    EXPECT_TRUE(report.has_value()) << report.error().message;
    return report ? std::move(*report) : PrepareReport{};
  }

  // The split of each piece of the output, by the name of its file.
  std::map<std::string, Split> splits() const {
    std::map<std::string, Split> splits;
    const auto dataset = Dataset::open(folder_ / "out.notes").value();
    for (std::size_t i = 0; i < dataset.pieces(); ++i) {
      const auto& info = dataset.info(i);
      splits[std::filesystem::path(info.source).filename().string()] = info.split;
    }
    return splits;
  }

  std::vector<std::string> names_of(const std::vector<HeldOut>& held) const {
    std::vector<std::string> names;
    for (const auto& piece : held) {
      names.push_back(std::filesystem::path(piece.file).filename().string());
    }
    return names;
  }

  // A dataset "held.notes" of tunes 1 (train), 2 (validation) and 3 (test).
  void prepare_held() {
    for (std::uint64_t i = 1; i <= 3; ++i) {
      folder_.write(fmt::format("held/{}.mid", i), tune_midi(i, kNotes));
    }
    folder_.write("held/t.csv", std::string(kHeader) +
                                    "1.mid,One,Bach,train\n2.mid,Two,Bach,validation\n"
                                    "3.mid,Three,Bach,test\n");
    PrepareOptions options;
    options.sources = {folder_ / "held"};
    options.output = folder_ / "held.notes";
    ASSERT_TRUE(prepare(options, {}).has_value());
  }

  TestFolder folder_;
};

TEST_F(PrepareMusic, LeavesWhatIsHeldOutOutOfTheTrainingSplit) {
  prepare_held();
  for (std::uint64_t i = 1; i <= 4; ++i) {
    folder_.write(fmt::format("in/{}.mid", i), other_performance(i, 10));
  }
  PrepareOptions options;
  options.split_percent = {100, 0, 0};
  options.hold_out = {folder_ / "held.notes"};
  const auto report = run(options, {"in"});
  EXPECT_THAT(splits(), UnorderedElementsAre(testing::Pair("1.mid", Split::train),
                                             testing::Pair("4.mid", Split::train)));
  EXPECT_EQ(report.pieces, 2);
  EXPECT_EQ(report.notes, 2 * (kNotes - 20));
  EXPECT_EQ(report.split_pieces[0], 2);
  ASSERT_THAT(names_of(report.held_out), ElementsAre("2.mid", "3.mid"));
  EXPECT_EQ(report.held_out[0].match, "Bach: Two");
  EXPECT_THAT(report.held_out[0].match_file, HasSubstr("held/2.mid"));
  EXPECT_THAT(report.held_out[0].match_in, HasSubstr("held.notes"));
  EXPECT_DOUBLE_EQ(report.held_out[0].share, 1);
  ASSERT_EQ(report.files.size(), 4U);
  EXPECT_FALSE(report.files[1].taken);
  EXPECT_TRUE(report.files[1].held_out);
  EXPECT_THAT(report.files[1].reason, HasSubstr("is the same music as Bach: Two of"));
}

TEST_F(PrepareMusic, LeavesEvaluationPiecesThatAreHeldOutWhereTheyAre) {
  prepare_held();
  for (std::uint64_t i = 2; i <= 4; ++i) {
    folder_.write(fmt::format("in/{}.mid", i), other_performance(i, 10));
  }
  folder_.write("in/t.csv",
                std::string(kHeader) + "2.mid,II,,test\n3.mid,III,,train\n4.mid,IV,,train\n");
  PrepareOptions options;
  options.hold_out = {folder_ / "held.notes"};
  const auto report = run(options, {"in"});
  EXPECT_THAT(splits(), UnorderedElementsAre(testing::Pair("2.mid", Split::test),
                                             testing::Pair("4.mid", Split::train)));
  ASSERT_THAT(names_of(report.held_out), ElementsAre("3.mid"));
  EXPECT_EQ(report.held_out[0].title, "III");
}

TEST_F(PrepareMusic, HoldsOutAllPiecesOfADatasetThatHasOnlyTrainingPieces) {
  folder_.write("held/1.mid", tune_midi(1, kNotes));
  PrepareOptions held;
  held.split_percent = {100, 0, 0};
  run(held, {"held"});
  std::filesystem::rename(folder_ / "out.notes", folder_ / "held.notes");
  folder_.write("in/1.mid", other_performance(1, 10));
  folder_.write("in/2.mid", other_performance(2, 10));
  PrepareOptions options;
  options.split_percent = {100, 0, 0};
  options.hold_out = {folder_ / "held.notes", folder_ / "held.notes"};
  const auto report = run(options, {"in"});
  EXPECT_THAT(names_of(report.held_out), ElementsAre("1.mid"));
  EXPECT_EQ(splits().size(), 1U);
}

TEST_F(PrepareMusic, FailsIfAllIsHeldOutOrADatasetIsMissing) {
  prepare_held();
  folder_.write("in/2.mid", other_performance(2, 10));
  PrepareOptions options;
  options.sources = {folder_ / "in"};
  options.output = folder_ / "out.notes";
  options.split_percent = {100, 0, 0};
  options.hold_out = {folder_ / "held.notes"};
  auto report = prepare(options, {});
  ASSERT_FALSE(report.has_value());
  EXPECT_THAT(report.error().message, HasSubstr("nothing is left to write"));
  EXPECT_FALSE(std::filesystem::exists(options.output));
  options.hold_out = {folder_ / "gone.notes"};
  report = prepare(options, {});
  ASSERT_FALSE(report.has_value());
  EXPECT_THAT(report.error().message, HasSubstr("gone.notes"));
}

TEST_F(PrepareMusic, KeepsPerformancesOfOnePieceInOneSplitWhateverTheyAreCalled) {
  for (std::uint64_t piece = 0; piece < 12; ++piece) {
    for (int tempo : {5, 10, 20}) {
      folder_.write(fmt::format("in/{}-{}.mid", piece, tempo), other_performance(piece, tempo));
    }
  }
  PrepareOptions options;
  options.split_percent = {34, 33, 33};
  run(options, {"in"});
  const auto found = splits();
  ASSERT_EQ(found.size(), 36U);
  std::map<Split, int> counts;
  for (std::uint64_t piece = 0; piece < 12; ++piece) {
    const auto split = found.at(fmt::format("{}-5.mid", piece));
    ++counts[split];
    EXPECT_EQ(found.at(fmt::format("{}-10.mid", piece)), split);
    EXPECT_EQ(found.at(fmt::format("{}-20.mid", piece)), split);
  }
  EXPECT_GT(counts.size(), 1U) << "not all in one split";
}

TEST_F(PrepareMusic, FollowsTheTableOfMusicThatItLists) {
  folder_.write("a/1.mid", tune_midi(1, kNotes));
  folder_.write("a/t.csv", std::string(kHeader) + "1.mid,One,,test\n");
  folder_.write("b/mine.mid", other_performance(1, 10));
  PrepareOptions options;
  options.split_percent = {100, 0, 0};
  run(options, {"a", "b"});
  EXPECT_EQ(splits().at("mine.mid"), Split::test);
}

TEST_F(PrepareMusic, KeepsOneCopyOfARecording) {
  folder_.write("a/first.mid", copy_of_recording(1));
  folder_.write("b/second.mid", tune_midi(1, kNotes));
  folder_.write("b/third.mid", tune_midi(2, kNotes));
  const auto report = run({}, {"b", "a"});
  EXPECT_EQ(report.copies_left_out, 1);
  EXPECT_EQ(report.pieces, 2);
  EXPECT_EQ(report.notes, 2 * kNotes);
  EXPECT_FALSE(splits().contains("first.mid")) << "b was named first";
  ASSERT_EQ(report.files.size(), 3U);
  EXPECT_THAT(report.files[0].reason, HasSubstr("is a copy of the recording"));
  EXPECT_THAT(report.files[0].reason, HasSubstr("b/second.mid"));
  run({}, {"a", "b"});
  EXPECT_FALSE(splits().contains("second.mid"));
  PrepareOptions all;
  all.keep_duplicates = true;
  const auto kept = run(all, {"a", "b"});
  EXPECT_EQ(kept.copies_left_out, 0);
  EXPECT_EQ(splits().size(), 3U);
}

TEST_F(PrepareMusic, KeepsTheCopyThatIsEvaluatedOn) {
  folder_.write("a/1.mid", tune_midi(1, kNotes));
  folder_.write("a/t.csv", std::string(kHeader) + "1.mid,One,,train\n");
  folder_.write("b/2.mid", copy_of_recording(1));
  folder_.write("b/t.csv", std::string(kHeader) + "2.mid,Uno,,validation\n");
  run({}, {"a", "b"});
  EXPECT_THAT(splits(), ElementsAre(testing::Pair("2.mid", Split::validation)));
}

TEST_F(PrepareMusic, DropsNothingThatOneTableLists) {
  folder_.write("a/1.mid", tune_midi(1, kNotes));
  folder_.write("a/2.mid", copy_of_recording(1));
  folder_.write("a/t.csv", std::string(kHeader) + "1.mid,One,,train\n2.mid,Uno,,test\n");
  const auto report = run({}, {"a"});
  EXPECT_THAT(splits(), UnorderedElementsAre(testing::Pair("1.mid", Split::train),
                                             testing::Pair("2.mid", Split::test)));
  ASSERT_EQ(report.files.size(), 2U);
  EXPECT_TRUE(report.files[1].taken);
  EXPECT_THAT(report.files[1].reason, HasSubstr("both are kept"));
}

TEST_F(PrepareMusic, KeepsOtherPerformances) {
  folder_.write("a/1.mid", tune_midi(1, kNotes));
  folder_.write("b/2.mid", other_performance(1, 3));
  const auto report = run({}, {"a", "b"});
  EXPECT_EQ(report.pieces, 2);
  for (const auto& file : report.files) EXPECT_EQ(file.reason, "");
}

TEST_F(PrepareMusic, NeverDropsWhatADatasetHasAlready) {
  folder_.write("a/1.mid", tune_midi(1, kNotes));
  run({}, {"a"});
  folder_.write("b/2.mid", copy_of_recording(1));
  folder_.write("b/3.mid", tune_midi(3, kNotes));
  folder_.write("b/t.csv", std::string(kHeader) + "2.mid,Uno,,test\n3.mid,Tre,,train\n");
  PrepareOptions options;
  options.append = true;
  const auto report = run(options, {"b"});
  EXPECT_EQ(report.kept_pieces, 1);
  EXPECT_EQ(report.pieces, 1);
  const auto found = splits();
  EXPECT_TRUE(found.contains("1.mid"));
  EXPECT_FALSE(found.contains("2.mid"));
  EXPECT_TRUE(found.contains("3.mid"));
}

TEST_F(PrepareMusic, GivesTheSameBytesOnAnyNumberOfThreads) {
  prepare_held();
  for (std::uint64_t piece = 1; piece < 8; ++piece) {
    folder_.write(fmt::format("a/{}.mid", piece), other_performance(piece, 10));
    folder_.write(fmt::format("b/{}.mid", piece), copy_of_recording(piece));
  }
  const auto bytes_on = [&](int threads) {
    PrepareOptions options;
    options.threads = threads;
    options.hold_out = {folder_ / "held.notes"};
    run(options, {"a", "b"});
    return read_bytes(folder_ / "out.notes");
  };
  EXPECT_EQ(bytes_on(1), bytes_on(4));
}

}  // namespace
}  // namespace pno::corpus
