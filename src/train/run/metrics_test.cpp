#include "train/run/metrics.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "base/file.h"

namespace pno::train {
namespace {

namespace fs = std::filesystem;

class MetricsTest : public testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }

  void append(const std::string& text) const { std::ofstream(path_, std::ios::app) << text; }
  std::string text() const { return *read_text(path_); }

  fs::path path_ = fs::temp_directory_path() / fmt::format("pno-metrics-{}.jsonl", ::getpid());
};

TEST_F(MetricsTest, EveryLineIsJsonEvenIfAValueIsNotFinite) {
  auto log = MetricsLog::open(path_, 0);
  ASSERT_TRUE(log);
  const std::int64_t tokens = 12'345'678'901;
  ASSERT_TRUE(log->add(1, {{"train_nll", std::nan("")}, {"norm", INFINITY}, {"tokens", tokens}}));
  ASSERT_TRUE(log->add(2, {{"train_nll", 1.0 / 3}}));
  EXPECT_EQ(text(),
            "{\"step\":1,\"train_nll\":null,\"norm\":null,\"tokens\":12345678901}\n"
            "{\"step\":2,\"train_nll\":0.3333333}\n");
}

TEST_F(MetricsTest, KeepsTheLinesUpToTheCheckpoint) {
  append("{\"step\":10,\"train_nll\":1.5}\n{\"step\":20,\"train_nll\":1.4}\n");
  append("{\"step\":30,\"train_nll\":1.3}\n{\"step\":20,\"tra");  // cut by a kill
  ASSERT_TRUE(MetricsLog::open(path_, 20));
  EXPECT_EQ(text(), "{\"step\":10,\"train_nll\":1.5}\n{\"step\":20,\"train_nll\":1.4}\n");
}

TEST_F(MetricsTest, ALogFromStepZeroIsEmpty) {
  append("{\"step\":10,\"train_nll\":1.5,\"seconds\":4}\n");
  const auto log = MetricsLog::open(path_, 0);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->seconds_before(), 0);
  EXPECT_EQ(text(), "");
}

TEST_F(MetricsTest, SecondsBeforeAreThoseOfTheLastKeptLineThatHasThem) {
  append("{\"step\":10,\"seconds\":4.5}\n{\"step\":20,\"rate_scale\":0.5}\n");
  append("{\"step\":30,\"seconds\":9}\n");
  EXPECT_EQ(MetricsLog::open(path_, 20)->seconds_before(), 4.5);
}

TEST_F(MetricsTest, AFolderInPlaceOfTheFileIsAnError) {
  fs::create_directory(path_);
  const auto log = MetricsLog::open(path_, 0);
  ASSERT_FALSE(log);
  EXPECT_NE(log.error().message.find(path_.filename().string()), std::string::npos);
}

}  // namespace
}  // namespace pno::train
