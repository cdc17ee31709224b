// All of ASAP and POP909, where they are at hand, and the small corpus that is always there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "corpus/prepare.h"
#include "corpus/test_files.h"

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

TEST(PreparePop909, TakesAllSongs) {
  const std::string zip = PNO_REAL_MUSIC "/pop909.zip";
  if (!std::filesystem::exists(zip)) GTEST_SKIP() << "no " << zip;
  const TestFolder folder;
  const auto report = prepare_to(folder / "pop909.notes", zip);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(skipped(*report), 0);
  EXPECT_EQ(report->pieces, 909);
  EXPECT_NEAR(static_cast<double>(report->split_pieces[0]) / 909, 0.90, 0.03);
  EXPECT_EQ(Dataset::open(folder / "pop909.notes")->licences(), "MIT License");
}

}  // namespace
}  // namespace pno::corpus
