#include "base/interrupt.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/error.h"

namespace pno {
namespace {

// Longer than signals that count as one.
void wait_a_moment() {
  std::this_thread::sleep_for(std::chrono::milliseconds(kOneSignalMs + 50));
}

TEST(InterruptDeathTest, FirstSignalSetsTheFlagAndTheSecondKills) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EXIT(
        {
          catch_interrupts();
          std::raise(signal);
          PNO_CHECK(interrupted(), "the first signal was not noted");
          wait_a_moment();
          std::raise(signal);
        },
        testing::KilledBySignal(signal), "");
  }
}

TEST(InterruptDeathTest, SignalsWithinAMomentAreOne) {
  EXPECT_EXIT(
      {
        catch_interrupts();
        for (int i = 0; i < 3; ++i) std::raise(SIGTERM);
        PNO_CHECK(interrupted(), "the signals were not noted");
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(InterruptDeathTest, PatientlySaysAtOnceThatItStopsAndTheThirdSignalKills) {
  EXPECT_EXIT(
      {
        catch_interrupts_patiently("stopping soon");
        std::raise(SIGINT);
        PNO_CHECK(interrupted(), "the first signal was not noted");
        wait_a_moment();
        std::raise(SIGINT);
        wait_a_moment();
        std::fputs("still there\n", stderr);
        std::raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "^stopping soon\nstopping soon\nstill there\n$");
}

TEST(InterruptDeathTest, PatienceEnds) {
  EXPECT_EXIT(
      {
        catch_interrupts_patiently("");
        std::raise(SIGTERM);
        std::this_thread::sleep_for(std::chrono::milliseconds(kPatienceMs + 50));
        std::raise(SIGTERM);
      },
      testing::KilledBySignal(SIGTERM), "^$");
}

TEST(InterruptDeathTest, LongSentencesAreCut) {
  EXPECT_EXIT(
      {
        catch_interrupts_patiently(std::string(1000, 'x'));
        std::raise(SIGTERM);
        std::exit(0);
      },
      testing::ExitedWithCode(0), "^x{200}\n$");
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
