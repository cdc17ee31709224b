// pno overlap, and music that is held out.

#include "scratch.h"

namespace pno::cli_test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Overlap : public Scratch {
 protected:
  // Datasets a.notes of pieces 0 … 3 and b.notes of pieces 2 … 5, each with 300 notes.
  void SetUp() override {
    Scratch::SetUp();
    for (const std::string name : {"a", "b"}) {
      std::filesystem::create_directory(folder() / name);
      const int first = name == "a" ? 0 : 2;
      for (int i = first; i < first + 4; ++i) {
        write_midi(name + "/" + std::to_string(i) + ".mid", 300, i);
      }
      ASSERT_EQ(pno({"prepare", name, "-o", name + ".notes", "--split", "0/100/0"}).exit_code, 0);
    }
  }
};

TEST_F(Overlap, ListsWhatTwoDatasetsShare) {
  const auto json = pno_json({"overlap", "a.notes", "b.notes"});
  EXPECT_THAT(keys(json), testing::IsSupersetOf({"matches", "threshold", "seconds"}));
  ASSERT_EQ(json["matches"].size(), 2U);
  EXPECT_EQ(json["matches"][0]["a"], "a/2.mid");
  EXPECT_EQ(json["matches"][0]["b"], "b/2.mid");
  EXPECT_EQ(json["matches"][0]["share"], 1.0);
  EXPECT_EQ(json["matches"][0]["same_recording"], true);
  EXPECT_EQ(json["matches"][1]["a_split"], "validation");
  EXPECT_EQ(json["matched_pieces"], (Json{{"a", 2}, {"b", 2}}));
  const auto text = pno({"overlap", "a.notes", "b.notes"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_THAT(text.out, HasSubstr("2 of the 4 pieces of a.notes are the same music as 2 of the 4"));
  EXPECT_THAT(text.out, HasSubstr(" 1.000  validation  a/2.mid\n  copy  validation  b/2.mid\n"));
}

TEST_F(Overlap, OfOneDatasetIsThatOfItsPairs) {
  EXPECT_EQ(pno_json({"overlap", "a.notes"})["matches"].size(), 0U);
  EXPECT_EQ(pno_json({"overlap", "a.notes", "./a.notes"})["matches"].size(), 0U);
}

TEST_F(Overlap, DrawsAPicture) {
#ifdef PNO_HAS_PICTURE
  EXPECT_EQ(pno_json({"overlap", "a.notes", "b.notes", "--plot", "o.svg"})["plot"], "o.svg");
  EXPECT_THAT(read("o.svg"), HasSubstr("</svg>"));
  expect_failure(pno({"overlap", "a.notes", "b.notes", "--plot", "a.notes"}), 2, "a.notes");
#else
  expect_failure(pno({"overlap", "a.notes", "b.notes", "--plot", "o.svg"}), 1, "without pictures");
#endif
}

TEST_F(Overlap, RefusesAThresholdThatIsNoShare) {
  expect_failure(pno({"overlap", "a.notes", "--threshold", "0"}), 2, "--threshold is 0");
  expect_failure(pno({"overlap", "a.notes", "--threshold", "1.5"}), 2, "--threshold is 1.5");
  expect_failure(pno({"overlap", "gone.notes"}), 1, "gone.notes");
}

TEST_F(Overlap, PrepareLeavesOutWhatIsHeldOut) {
  const auto json =
      pno_json({"prepare", "b", "-o", "c.notes", "--split", "100/0/0", "--hold-out", "a.notes"});
  EXPECT_EQ(json["pieces"], 2);
  ASSERT_EQ(json["held_out"].size(), 2U);
  EXPECT_EQ(json["held_out"][0]["file"], "b/2.mid");
  EXPECT_EQ(json["held_out"][0]["match_file"], "a/2.mid");
  EXPECT_EQ(json["held_out"][0]["match_in"], "a.notes");
  EXPECT_EQ(json["held_out"][0]["share"], 1.0);
  EXPECT_EQ(json["skipped"].size(), 0U);
  const auto text =
      pno({"prepare", "b", "-o", "c.notes", "--split", "100/0/0", "--hold-out", "a.notes"});
  EXPECT_THAT(text.out, HasSubstr("  held out  b/2.mid: is a/2.mid of a.notes (share 1.00)\n"));
  EXPECT_THAT(text.out, Not(HasSubstr("skipped")));
  expect_failure(pno({"prepare", "b", "-o", "a.notes", "--hold-out", "a.notes"}), 2, "is read");
}

TEST_F(Overlap, EvalWarnsOfMusicThatWasTrainedOn) {
  write_model("m.safetensors");
  ASSERT_EQ(pno({"prepare", "b", "-o", "t.notes", "--split", "100/0/0"}).exit_code, 0);
  const auto finished =
      pno({"eval", "m.safetensors", "a.notes", "--training", "t.notes", "--json"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("2 of 4 validation pieces of a.notes are the same music"));
  EXPECT_EQ(Json::parse(finished.out)["seen"].size(), 2U);
  const auto clean = pno({"eval", "m.safetensors", "a.notes", "--training", "b.notes", "--json"});
  EXPECT_EQ(clean.err, "") << "b.notes has no training pieces";
  EXPECT_EQ(Json::parse(clean.out)["seen"].size(), 0U);
}

}  // namespace
}  // namespace pno::cli_test
