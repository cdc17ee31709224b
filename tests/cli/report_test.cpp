// pno report: the page of a training run.

#include "scratch.h"

namespace pno::cli_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Report : public Scratch {};

TEST_F(Report, PageHasCurvesAndSamples) {
  write_notes("d.notes");
  pno_json(std::vector<std::string>{"train", "d.notes", "-o", "run", "--steps", "40"} +
           kTinyTraining);
  const auto answer = pno_json({"report", "run", "--no-sound"});
  EXPECT_THAT(keys(answer),
              ElementsAre("output", "steps", "validation_nll", "seconds", "samples", "bytes"));
  EXPECT_EQ(answer["steps"], 40);
  EXPECT_EQ(answer["samples"], 1);
  const auto page = read("run/report.html");
  for (const auto* part : {"<!doctype html>", "NLL in nats per token", "Tokens a second",
                           "After step 40", "data:audio/midi;base64,", "cpu, "}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
  EXPECT_THAT(page, Not(HasSubstr("<script")));
#ifdef PNO_HAS_PICTURE
  EXPECT_THAT(page, HasSubstr("data:image/png;base64,"));
#endif
}

TEST_F(Report, FolderWithoutARunIsAnError) {
  expect_failure(pno({"report", "nowhere"}), 1, "nowhere/metrics.jsonl");
  write_notes("d.notes");
  pno_json(std::vector<std::string>{"train", "d.notes", "-o", "run", "--steps", "10"} +
           kTinyTraining);
  expect_failure(pno({"report", "run", "--beside", "elsewhere"}), 1, "elsewhere/metrics.jsonl");
  EXPECT_EQ(pno_json({"report", "run", "--no-sound", "--beside", "run"})["steps"], 10);
  EXPECT_THAT(read("run/report.html"), HasSubstr("Beside each other"));
}

}  // namespace
}  // namespace pno::cli_test
