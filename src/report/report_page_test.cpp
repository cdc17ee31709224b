#include "report/report_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace pno::report {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class RunFolderTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(run_ / "samples"); }
  void TearDown() override { fs::remove_all(run_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(run_ / name, std::ios::binary) << text;
  }

  fs::path run_ = fs::temp_directory_path() / fmt::format("pno-report-{}", ::getpid());
};

constexpr const char* kMetrics =
    "{\"step\":10,\"train_nll\":4.5,\"learning_rate\":0.001,\"tokens\":1000,\"tokens_per_s\":500,"
    "\"seconds\":2}\n"
    "{\"step\":10,\"validation_nll\":4.25,\"seconds\":3600}\n"
    "{\"step\":20,\"train_nll\":null,\"learning_rate\":0.002,\"seconds\":3700}\n"
    "{\"step\":20,\"validation_nll\":4.5,\"seconds\":7200}\n"
    "{\"step\":30,\"trai";

TEST_F(RunFolderTest, IgnoresATruncatedLastLine) {
  write("metrics.jsonl", kMetrics);
  write("samples/step-000000020.mid", "b");
  write("samples/step-000000010.mid", "a");
  write("samples/other.mid", "c");
  const auto record = read_run(run_);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->step, 20);
  EXPECT_EQ(record->seconds, 7200);
  EXPECT_EQ(record->best_validation(), 4.25);
  EXPECT_EQ(record->by_step.at("train_nll").size(), 1U);
  EXPECT_EQ(record->validation_by_minute.at(1).x, 120);
  ASSERT_EQ(record->samples.size(), 2U);
  EXPECT_EQ(record->samples[0].step, 10);
}

TEST_F(RunFolderTest, MissingMetricsAreAnError) {
  EXPECT_THAT(read_run(run_).error().message, HasSubstr("metrics.jsonl"));
  EXPECT_THAT(read_run(run_).error().message, HasSubstr("'pno train -o'"));
  write("metrics.jsonl", "not json\n[1]\n{\"step\":\"x\"}\n");
  EXPECT_THAT(read_run(run_).error().message, HasSubstr("no line of metrics"));
}

TEST_F(RunFolderTest, PageIsSelfContainedAndEscapesText) {
  write("metrics.jsonl", kMetrics);
  auto record = *read_run(run_);
  record.model = {{"data.sources", "<script>alert(1)</script>"}, {"training.batch", "8"}};
  const auto page = report_page(record, {}, {{.step = 10, .midi = "m", .flac = "f", .png = "p"}});
  EXPECT_THAT(page, HasSubstr("4.250"));
  EXPECT_THAT(page, HasSubstr("data:audio/flac;base64,Zg=="));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  for (const auto* outside : {"<script", "http://", "https://", "src=\"/", "@import"}) {
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  }
}

TEST_F(RunFolderTest, DrawsTheLossesOfTasksIfTheRunHasThem) {
  write("metrics.jsonl", kMetrics);
  EXPECT_THAT(report_page(*read_run(run_), {}, {}), Not(HasSubstr("by task")));
  write("metrics.jsonl",
        "{\"step\":10,\"train_nll_grammar_infill_middle\":4.5,\"train_nll_grammar_duet\":4}\n"
        "{\"step\":20,\"train_nll_grammar_infill_middle\":3.5,\"train_nll_grammar_duet\":3}\n");
  const auto page = report_page(*read_run(run_), {}, {});
  EXPECT_THAT(page, HasSubstr("by task"));
  EXPECT_THAT(page, HasSubstr("infill_middle"));
  EXPECT_THAT(page, HasSubstr("duet"));
}

TEST_F(RunFolderTest, DrawsTheValidationCurvesOfOtherRuns) {
  write("metrics.jsonl", kMetrics);
  auto record = *read_run(run_), other = record;
  other.run = "/somewhere/wider & deeper";
  other.parameters = 12'345'678;
  const auto alone = report_page(record, {}, {});
  EXPECT_THAT(alone, Not(HasSubstr("Beside each other")));
  EXPECT_THAT(alone, Not(HasSubstr("var(--line-2)")));
  const auto both = report_page(record, {other}, {});
  EXPECT_THAT(both, HasSubstr("Beside each other"));
  EXPECT_THAT(both, HasSubstr("wider &amp; deeper"));
  EXPECT_THAT(both, HasSubstr("12,345,678"));
  EXPECT_THAT(both, HasSubstr("var(--line-2)"));
}

}  // namespace
}  // namespace pno::report
