// Corpora in the folder PNO_REAL_MUSIC, if they are there, and the small one that always is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "corpus/crops.h"
#include "corpus/prepare/file_intake.h"
#include "corpus/prepare/prepare.h"
#include "corpus/test_files.h"
#include "events/real_music.h"

namespace pno::corpus {
namespace {

using testing::ElementsAre;

Expected<PrepareReport> prepare_to(const std::filesystem::path& output,
                                   const std::filesystem::path& source,
                                   const Filters& filters = {}) {
  PrepareOptions options;
  options.sources = {source};
  options.output = output;
  options.filters = filters;
  return prepare(options, {});
}

int skipped(const PrepareReport& report) {
  return static_cast<int>(
      std::ranges::count_if(report.files, [](const auto& file) { return !file.taken; }));
}

TEST(PrepareMini, TakesAllOfItWithItsSplitsAndLicence) {
  const TestFolder folder;
  const auto report = prepare_to(folder / "mini.notes", PNO_SOURCE_DIR "/data/mini");
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(skipped(*report), 0);
  EXPECT_THAT(report->split_pieces, ElementsAre(30, 5, 0));
  const auto dataset = Dataset::open(folder / "mini.notes").value();
  EXPECT_EQ(dataset.licences(), "CC BY-NC-SA 4.0");
  std::set<std::string> composers;
  for (std::size_t i = 0; i < dataset.pieces(); ++i) composers.insert(dataset.info(i).composer);
  EXPECT_EQ(composers.size(), 13U);
}

// Number of events of `crops` crops that the grammar does not allow.
std::int64_t faults_in_crops(const Dataset& dataset, bool any_event, std::uint64_t crops) {
  const Weighted weighted[] = {{&dataset, 1}};
  const auto sampler = CropSampler::create(weighted, Split::train, {.any_event = any_event});
  EXPECT_TRUE(sampler) << sampler.error().message;
  std::vector<events::Token> tokens(1024);
  events::Grammar grammar(events::kPerformance);
  std::vector<std::uint64_t> mask(events::mask_words(events::kPerformance.outputs()));
  std::int64_t faults = 0;
  for (std::uint64_t i = 0; i < crops; ++i) {
    const auto music = static_cast<std::size_t>(sampler->draw(i, tokens, grammar));
    for (std::size_t at = 0; at < music; ++at) {
      grammar.allowed(mask);
      faults += at > 0 && !events::mask_contains(mask, tokens[at]);
      grammar.read(tokens[at]);
    }
  }
  return faults;
}

void expect_no_faults(const std::filesystem::path& source, std::uint64_t crops) {
  SCOPED_TRACE(source.string());
  const TestFolder folder;
  const auto report = prepare_to(folder / "real.notes", source);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  const auto dataset = Dataset::open(folder / "real.notes").value();
  for (const bool any_event : {false, true}) {
    EXPECT_EQ(faults_in_crops(dataset, any_event, crops), 0);
  }
}

TEST(CropsOfMini, AreAllowedByTheGrammar) {
  expect_no_faults(PNO_SOURCE_DIR "/data/mini", 2000);
}

TEST(SlowCrops, OfAllCorporaAreAllowedByTheGrammar) {
  int found = 0;
  for (const auto* name : {"maestro-trainval.zip", "asap-midi.zip", "asap-extra.zip", "atepp.zip",
                           "emopia.zip", "pop909.zip", "welte-rolls.zip"}) {
    const auto zip = std::filesystem::path(PNO_REAL_MUSIC) / name;
    if (!std::filesystem::exists(zip)) continue;
    ++found;
    expect_no_faults(zip, 20'000);
  }
  if (found == 0) GTEST_SKIP() << "no corpus in " PNO_REAL_MUSIC;
}

TEST(PrepareAsap, TakesAllPerformancesAsItsTableSays) {
  const std::string zip = PNO_REAL_MUSIC "/asap-midi.zip";
  if (!std::filesystem::exists(zip)) GTEST_SKIP() << "no " << zip;
  const TestFolder folder;
  const auto report = prepare_to(folder / "asap.notes", zip, {.performances_only = true});
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(skipped(*report), 0);
  EXPECT_EQ(report->pieces, 937);
  EXPECT_THAT(report->split_pieces, ElementsAre(863, 74, 0));
  EXPECT_NEAR(report->hours, 83, 1);
  const auto dataset = Dataset::open(folder / "asap.notes").value();
  std::set<std::pair<std::string, std::string>> titles;
  for (std::size_t i = 0; i < dataset.pieces(); ++i) {
    titles.emplace(dataset.info(i).composer, dataset.info(i).title);
  }
  EXPECT_EQ(titles.size(), 183U);
  EXPECT_THAT(dataset.licences(),
              testing::StartsWith("Creative Commons Attribution-NonCommercial"));
}

TEST(PreparePop909, TakesAllSongsOnce) {
  const std::string zip = PNO_REAL_MUSIC "/pop909.zip";
  if (!std::filesystem::exists(zip)) GTEST_SKIP() << "no " << zip;
  const TestFolder folder;
  const auto report = prepare_to(folder / "pop909.notes", zip);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(skipped(*report), 1) << "018 is 017 once more";
  EXPECT_EQ(report->copies_left_out, 1);
  EXPECT_EQ(report->pieces, 908);
  EXPECT_NEAR(static_cast<double>(report->split_pieces[0]) / 908, 0.90, 0.03);
  EXPECT_EQ(report->pieces_with_parts, 908);
  const auto dataset = Dataset::open(folder / "pop909.notes").value();
  EXPECT_EQ(dataset.licences(), "MIT License");
  for (std::size_t i = 0; i < dataset.pieces(); ++i) {
    ASSERT_THAT(dataset.info(i).parts, ElementsAre("MELODY", "BRIDGE", "PIANO"));
  }
  EXPECT_GT(dataset.rows(), dataset.notes());
}

// Parts change nothing for a model without them: the music of a piece is what its tracks merged
// are, and crops are those of a dataset of that music.
class PrepareParts : public testing::TestWithParam<const char*> {};
TEST_P(PrepareParts, DrawsTheCropsOfOnePiano) {
  // Normal, as in the names of the files.
  const auto zip = (std::filesystem::path(PNO_REAL_MUSIC) / GetParam()).lexically_normal().string();
  if (!std::filesystem::exists(zip)) GTEST_SKIP() << "no " << zip;
  const TestFolder folder;
  const auto report = prepare_to(folder / "parts.notes", zip);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  const auto parts = Dataset::open(folder / "parts.notes").value();

  std::map<std::string, std::vector<events::PlainNote>> merged_tracks;
  for (auto& piece : events::real_music(zip)) {
    // As prepare() leaves out a long silence before the first note.
    const std::int64_t lead_us = piece.notes.empty() ? 0 : piece.notes.front().start_us;
    if (lead_us > kMostLead_us) {
      for (auto& note : piece.notes) note.start_us -= lead_us;
    }
    merged_tracks[zip + "/" + piece.file] = std::move(piece.notes);
  }
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < parts.pieces(); ++i) {
    Piece piece{.info = parts.info(i), .notes = parts.music(i)};
    ASSERT_EQ(piece.notes, merged_tracks.at(piece.info.source)) << piece.info.source;
    piece.info.parts.clear();
    pieces.push_back(std::move(piece));
  }
  ASSERT_TRUE(write_dataset(folder / "one.notes", pieces));
  const auto one = Dataset::open(folder / "one.notes").value();
  EXPECT_EQ(one.notes(), parts.notes());
  const auto crops_of = [](const Dataset& dataset) {
    const Weighted weighted[] = {{&dataset, 1}};
    return CropSampler::create(weighted, Split::train, {}).value();
  };
  const auto crops = crops_of(parts), expected = crops_of(one);
  std::vector<events::Token> a(1024), b(1024);
  for (std::uint64_t i = 0; i < 3000; ++i) {
    ASSERT_EQ(crops.draw(i, a), expected.draw(i, b)) << i;
    ASSERT_EQ(a, b) << i;
  }
}
INSTANTIATE_TEST_SUITE_P(Zips, PrepareParts, testing::Values("pop909.zip", "asap-midi.zip"));
INSTANTIATE_TEST_SUITE_P(SlowZips, PrepareParts,
                         testing::Values("welte-rolls.zip", "asap-extra.zip"));

// A title stands in train and in validation; both rows are kept.
TEST(SlowPrepareMaestro, KeepsTheSplitsOfItsTable) {
  const std::string zip = PNO_REAL_MUSIC "/maestro-trainval.zip";
  if (!std::filesystem::exists(zip)) GTEST_SKIP() << "no " << zip;
  const TestFolder folder;
  const auto report = prepare_to(folder / "maestro.notes", zip);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(skipped(*report), 0);
  EXPECT_THAT(report->split_pieces, ElementsAre(962, 137, 0));
  ASSERT_EQ(report->split_titles.size(), 1U);
  EXPECT_THAT(report->split_titles[0].title, testing::HasSubstr("XVI:41"));
}

}  // namespace
}  // namespace pno::corpus
