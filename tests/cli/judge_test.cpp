// pno judge: figures, copies, pages and listening tests.

#include "scratch.h"

namespace pno::cli_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Judge : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
    write_midi_folder("real", 24, 200);
    ASSERT_EQ(pno({"prepare", "real", "-o", "real.notes", "--split", "50/50/0"}).exit_code, 0);
    write_midi_folder("samples", 6, 120);
  }
  Json judged(const std::vector<std::string>& more = {}) const {
    return pno_json(std::vector<std::string>{"judge", "samples", "--reference", "real.notes",
                                             "--seconds", "10", "--resamples", "20"} +
                    more);
  }
};

TEST_F(Judge, JsonHasEveryFeatureOfBothRowsWithIntervals) {
  const auto json = judged();
  EXPECT_EQ(json["pieces"], 6);
  EXPECT_EQ(json["split"], "validation");
  for (const auto* row : {"samples", "real"}) {
    EXPECT_EQ(json[row]["features"].size(), 22U);
    for (const auto& [name, feature] : json[row]["features"].items()) {
      for (const auto* figure : {"overlap", "divergence", "diversity"}) {
        const auto& interval = feature[figure];
        EXPECT_LE(interval["low"].get<double>(), interval["high"].get<double>()) << row << name;
      }
      EXPECT_LE(feature["overlap"]["value"].get<double>(), 1);
      EXPECT_GE(feature["divergence"]["value"].get<double>(), 0);
    }
  }
  EXPECT_NEAR(json["samples"]["features"]["density"]["mean"]["value"].get<double>(), 8, 1);
  EXPECT_FALSE(json.contains("originality"));
  EXPECT_EQ(json["samples"], judged()["samples"]) << "the same seed, the same figures";
}

TEST_F(Judge, CopiesOfTheTrainingSetAreNamed) {
  // The samples are pieces of the training set, too.
  ASSERT_EQ(pno({"prepare", "samples", "-o", "known.notes", "--split", "100/0/0"}).exit_code, 0);
  const auto json = judged({"--training", "known.notes"});
  const auto& originality = json["originality"];
  EXPECT_GT(originality["samples"]["similarity"]["value"].get<double>(), 0.9);
  for (const auto& copy : originality["copies"]) {
    EXPECT_GT(copy["notes"].get<int>(), 60) << copy.dump();
    EXPECT_EQ(copy["transposition"], 0);
    EXPECT_NEAR(copy["tempo"].get<double>(), 1, 0.01);
    EXPECT_THAT(copy["source_file"].get<std::string>(), HasSubstr("samples"));
  }
}

TEST_F(Judge, WritesAPageAndSkipsBadFiles) {
  write("samples/bad.mid", "not MIDI");
  const auto json = judged({"-o", "report.html"});
  EXPECT_EQ(json["pieces"], 6);
  ASSERT_EQ(json["skipped"].size(), 1U);
  EXPECT_THAT(json["skipped"][0]["file"].get<std::string>(), HasSubstr("bad.mid"));
  EXPECT_EQ(json["output"], "report.html");
  EXPECT_THAT(read("report.html"), HasSubstr("pitch class transitions"));
}

TEST_F(Judge, TextSaysHowItWasMeasured) {
  const auto finished =
      pno({"judge", "samples", "--reference", "real.notes", "--seconds", "10", "--resamples", "5"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, HasSubstr("6 samples of 10 s against "));
  EXPECT_THAT(finished.out, HasSubstr("mean of all"));
  EXPECT_THAT(finished.err, HasSubstr("6 pieces say little of a model"));
}

TEST_F(Judge, BadInputIsNamed) {
  expect_failure(pno({"judge", "missing", "--reference", "real.notes"}), 1, "missing");
  expect_failure(pno({"judge", "samples", "--reference", "missing.notes"}), 1, "missing.notes");
  expect_failure(pno({"judge", "samples", "--reference", "real.notes", "--split", "test"}), 1,
                 "too little music in its test split");
  expect_failure(pno({"judge", "samples", "--reference", "real.notes", "-o", "real.notes"}), 2,
                 "real.notes");
}

#ifdef PNO_HAS_SOUND
class ListeningTest : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
    std::filesystem::create_directory(folder() / "systems");
    write_midi_folder("systems/one", 3, 40);
    write_midi_folder("systems/two", 3, 60);
  }
  // Each sound takes seconds to render, so the tests have few.
  std::vector<std::string> call(const std::string& pairs,
                                const std::vector<std::string>& more) const {
    return std::vector<std::string>{"judge", "--listening-test", "systems", "--pairs",
                                    pairs,   "--seconds",        "1"} +
           more;
  }
  std::string answers(const std::string& test, const std::string& list) const {
    return R"({"test":")" + test + R"(","listener":"x","answers":)" + list + "}";
  }
};

TEST_F(ListeningTest, PageDoesNotNameTheSystemsAndAnswersAreReadBack) {
  const auto written = pno_json(call("2", {"-o", "page.html"}));
  EXPECT_THAT(written["systems"], ElementsAre("one", "two"));
  const auto page = read("page.html");
  EXPECT_EQ(page.find(">one"), page.npos);
  EXPECT_EQ(page.find("\"one"), page.npos);
  const auto test = written["test"].get<std::string>();
  EXPECT_THAT(page, HasSubstr(test));

  write("a.json", answers(test, R"([{"pair":1,"answer":"first"},{"pair":2,"answer":"equal"}])"));
  write("b.json", answers(test, R"([{"pair":2,"answer":"second"}])"));
  const auto read_back = pno_json(call("2", {"--answers", "a.json", "--answers", "b.json"}));
  EXPECT_EQ(read_back["listeners"], 2);
  EXPECT_EQ(read_back["answers"], 3);
  double preferred = 0;
  for (const auto& system : read_back["systems"]) {
    EXPECT_EQ(system["comparisons"], 3);
    preferred += system["preferred"].get<double>();
    EXPECT_LE(system["low"].get<double>(), system["log_strength"].get<double>() + 1e-9);
  }
  EXPECT_EQ(preferred, 3);
}

TEST_F(ListeningTest, WrongAnswersAreNamed) {
  const auto test = pno_json(call("1", {"-o", "page.html"}))["test"].get<std::string>();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{", "is not the JSON that the page"},
      {answers("0000", "[]"), "has answers to test '0000'"},
      {R"({"test":")" + test + R"("})", "has no list of answers"},
      {answers(test, R"([{"pair":9,"answer":"first"}])"), "is not a pair from 1 to 1"},
      {answers(test, R"([{"pair":1,"answer":"third"}])"), "is not a pair from 1 to 1"},
      {answers(test, R"([{"pair":1,"answer":"first"},{"pair":1,"answer":"equal"}])"),
       "answers pair 1 twice"},
      {answers(test, "[]"), "has no answers"}};
  for (const auto& [text, what] : cases) {
    write("a.json", text);
    expect_failure(pno(call("1", {"--answers", "a.json"})), 1, what);
  }
  write("a.json", answers(test, R"([{"pair":1,"answer":"first"}])"));
  std::filesystem::remove_all(folder() / "systems" / "two");
  expect_failure(pno(call("1", {"--answers", "a.json"})), 1, "two or more are needed");
}
#endif

}  // namespace
}  // namespace pno::cli_test
