#include "cli/latency_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"

namespace pno::cli {
namespace {

using testing::HasSubstr;

class LatencyFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / fmt::format("pno-latency-{}", ::getpid());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path path() const { return folder_ / "pno/latency.toml"; }

 private:
  std::filesystem::path folder_;
};

TEST_F(LatencyFile, KeepsTheLatencyOfEachPort) {
  ASSERT_TRUE(write_latency(path(), "A \"quoted\" port", {{20, 100}, {40, 20}}));
  ASSERT_TRUE(write_latency(path(), "B", {{64}, {5}}));
  ASSERT_TRUE(write_latency(path(), "B", {{64}, {7}}));
  const auto first = read_latency(path(), "A \"quoted\" port");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ((*first)->velocities, (std::vector<int>{20, 100}));
  EXPECT_EQ((*first)->delay_ms, (std::vector<double>{40, 20}));
  EXPECT_EQ((*read_latency(path(), "B"))->delay_ms, (std::vector<double>{7}));
  EXPECT_FALSE(*read_latency(path(), "C"));
}

TEST_F(LatencyFile, AMissingFileIsNotAnError) {
  const auto latency = read_latency(path(), "A");
  ASSERT_TRUE(latency);
  EXPECT_FALSE(*latency);
}

TEST_F(LatencyFile, RefusesWhatIsNotALatency) {
  for (const char* text :
       {"A = 5", "[A]\nvelocities = [1]", "[A]\nvelocities = [1, 2]\nlatency_us = [1]",
        "[A]\nvelocities = [5, 4]\nlatency_us = [1, 2]",
        "[A]\nvelocities = [128]\nlatency_us = [1]", "[A]\nvelocities = [5]\nlatency_us = [-1]",
        "[A]\nvelocities = []\nlatency_us = []", "[A"}) {
    std::filesystem::create_directories(path().parent_path());
    ASSERT_TRUE(replace_file(path(), text));
    const auto latency = read_latency(path(), "A");
    ASSERT_FALSE(latency) << text;
    EXPECT_THAT(latency.error().message, HasSubstr("latency.toml"));
  }
}

TEST_F(LatencyFile, DelaysBetweenVelocitiesLieOnALine) {
  const Latency latency{{20, 100}, {40, 20}};
  const auto delays = latency.by_velocity();
  EXPECT_EQ(delays[1], 40'000);
  EXPECT_EQ(delays[20], 40'000);
  EXPECT_EQ(delays[60], 30'000);
  EXPECT_EQ(delays[127], 20'000);
  EXPECT_EQ(Latency{}.by_velocity()[64], 0);
}

}  // namespace
}  // namespace pno::cli
