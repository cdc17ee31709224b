#include "sound/under_runs.h"

#include <gtest/gtest.h>

namespace pno::sound {
namespace {

using std::chrono::microseconds;

// 480 frames at 48 kHz: 10 ms.
TEST(UnderRuns, CountsGapsLongerThanAPeriodAndTheBuffers) {
  UnderRuns runs(/*buffers=*/3, /*sample_rate=*/48000);
  UnderRuns::Time now{std::chrono::seconds(1)};
  const auto after = [&](int us) {
    now += microseconds(us);
    runs.begin_period(now, /*frames=*/480);
  };
  after(0);
  for (int i = 0; i < 100; ++i) after(10'000);
  after(39'000);
  after(1'000);
  EXPECT_EQ(runs.count(), 0) << "late, but the buffers held enough";
  after(41'000);
  EXPECT_EQ(runs.count(), 1);
  after(10'000);
  after(500'000);
  EXPECT_EQ(runs.count(), 2) << "one gap, however long";
}

TEST(UnderRuns, FirstCallIsNotAGap) {
  UnderRuns runs(/*buffers=*/1, /*sample_rate=*/48000);
  runs.begin_period(UnderRuns::Time{std::chrono::hours(5)}, /*frames=*/128);
  EXPECT_EQ(runs.count(), 0);
}

}  // namespace
}  // namespace pno::sound
