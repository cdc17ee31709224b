#include "base/interrupt.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include "base/error.h"

namespace pno {
namespace {

TEST(InterruptDeathTest, FirstSignalSetsTheFlagAndTheSecondKills) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EXIT(
        {
          catch_interrupts();
          std::raise(signal);
          PNO_CHECK(interrupted(), "the first signal was not noted");
          std::raise(signal);
        },
        testing::KilledBySignal(signal), "");
  }
}

TEST(InterruptDeathTest, IgnoredSignalsStayIgnored) {
  EXPECT_EXIT(
      {
        std::signal(SIGHUP, SIG_IGN);
        catch_interrupts();
        std::raise(SIGHUP);
        PNO_CHECK(!interrupted(), "nohup was overruled");
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(Interrupt, FlagCanBeCleared) {
  EXPECT_FALSE(interrupted());
  set_interrupted(true);
  EXPECT_TRUE(interrupted());
  set_interrupted(false);
  EXPECT_FALSE(interrupted());
}

}  // namespace
}  // namespace pno
