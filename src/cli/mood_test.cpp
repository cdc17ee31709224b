#include "cli/mood.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "infer/music/music_sampler.h"

namespace pno::cli {
namespace {

using testing::HasSubstr;

TEST(Mood, SetsOnlyFieldsThatExist) {
  TextFields known;
  put_fields(infer::SamplerOptions(), "", known);
  put_fields(infer::SoftControlOptions(), "", known);
  for (const auto mood : {Mood::calm, Mood::free, Mood::dense}) {
    EXPECT_FALSE(mood_fields(mood).empty());
    for (const auto& [field, value] : mood_fields(mood)) {
      EXPECT_TRUE(known.contains(field)) << field;
      EXPECT_THAT(mood_help(), HasSubstr(std::string(enum_name(mood)) + ":"));
    }
  }
  EXPECT_TRUE(mood_fields(Mood::none).empty());
}

TEST(Mood, FlagsOfTheCommandLineOverrideIt) {
  TextFields given = {{"density", "7"}, {"key_strength", ""}};
  apply_mood(Mood::calm, given);
  EXPECT_EQ(given.at("density"), "7");
  given.at("density").clear();
  apply_mood(Mood::calm, given);
  EXPECT_EQ(given.at("density"), mood_fields(Mood::calm).at("density"));
  EXPECT_EQ(given.size(), 2U) << "other fields are those of other lists";
}

}  // namespace
}  // namespace pno::cli
