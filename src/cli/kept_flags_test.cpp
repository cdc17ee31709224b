#include "cli/kept_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pno::cli {
namespace {

class KeptFlagsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto* steps = app_.add_option("--every-steps", steps_);
    auto* minutes = app_.add_option("--every-minutes", minutes_)->excludes(steps);
    kept_.keep(steps, steps_);
    kept_.keep(minutes, minutes_);
    kept_.keep(app_.add_option("--folder", folder_), folder_);
  }

  CLI::App app_;
  int steps_ = 0;
  double minutes_ = 5;
  std::string folder_;
  KeptFlags kept_;
};

TEST_F(KeptFlagsTest, RestoresWhatTheCommandLineDoesNotHave) {
  app_.parse("--folder mine");
  ASSERT_TRUE(kept_.restore({{"every_steps", "7"}, {"folder", "other"}}, "config.toml"));
  EXPECT_EQ(kept_.texts(),
            (TextFields{{"every_minutes", "5"}, {"every_steps", "7"}, {"folder", "mine"}}));
}

TEST_F(KeptFlagsTest, AFlagDecidesForThoseThatItExcludes) {
  app_.parse("--every-minutes 2");
  ASSERT_TRUE(kept_.restore({{"every_steps", "7"}, {"every_minutes", "5"}}, "config.toml"));
  EXPECT_EQ(steps_, 0);
  EXPECT_EQ(minutes_, 2);
}

TEST_F(KeptFlagsTest, UnknownNamesAndBadValuesAreErrors) {
  EXPECT_EQ(kept_.restore({{"every_hours", "7"}}, "config.toml").error().message,
            "config.toml: [run] has 'every_hours', which is not a flag");
  EXPECT_EQ(kept_.restore({{"every_steps", "few"}}, "config.toml").error().message,
            "config.toml: [run]: every_steps: 'few' is not an integer in range");
}

}  // namespace
}  // namespace pno::cli
