// pno prepare and pno info: what a person reads about a dataset.

#include "scratch.h"

namespace pno::cli_test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class DatasetCommands : public Scratch {};

TEST_F(DatasetCommands, PrepareReportsATitleInTwoSplitsFirstAndMovesNothing) {
  write_midi_folder("music", 3, 20);
  write("music/t.csv",
        "canonical_composer,canonical_title,split,midi_filename\n"
        "Haydn,Sonata,train,0.mid\nHaydn,Sonata,validation,1.mid\nHaydn,Fugue,train,2.mid\n");
  const auto finished = pno({"prepare", "music", "-o", "d.notes", "--report", "r.json"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const auto second_line = finished.out.substr(finished.out.find('\n') + 1);
  EXPECT_THAT(
      second_line,
      StartsWith("  warning   1 title stands in more than one split, as the table lists it; "
                 "nothing was moved:\n            Haydn, Sonata: 1 train, 1 validation\n"));
  const auto report = Json::parse(read("r.json"));
  EXPECT_EQ(report["splits"], Json::parse(R"({"train": 2, "validation": 1, "test": 0})"));
  EXPECT_EQ(report["titles_in_two_splits"][0]["title"], "Sonata");
}

TEST_F(DatasetCommands, CorpusAndKindAreNamedAndShown) {
  write_midi_folder("music", 2, 20);
  const auto unnamed = pno({"prepare", "music", "-o", "d.notes"});
  EXPECT_THAT(unnamed.out, HasSubstr("unknown; --kind says it (unknown, disklavier, roll, "));
  EXPECT_EQ(pno_json({"info", "d.notes"})["files"][0]["corpora"], (Json{{"music", 2}}));

  const auto named =
      pno({"prepare", "music", "-o", "d.notes", "--corpus", "etudes", "--kind", "disklavier"});
  ASSERT_EQ(named.exit_code, 0) << named.err;
  EXPECT_THAT(named.out, testing::Not(HasSubstr("--kind says it")));
  const auto info = pno({"info", "d.notes"});
  EXPECT_THAT(info.out, HasSubstr("corpus    etudes 2\n"));
  EXPECT_THAT(info.out, HasSubstr("kind      disklavier 2\n"));
  const auto json = pno_json({"info", "d.notes"})["files"][0];
  EXPECT_EQ(json["kind"], "dataset");
  EXPECT_EQ(json["music_kinds"], (Json{{"disklavier", 2}}));
  expect_failure(pno({"prepare", "music", "-o", "d.notes", "--kind", "organ"}), 2, "disklavier");
}

}  // namespace
}  // namespace pno::cli_test
