// The decisions of the only rank. Those of several are tested in ranks_test.cpp of tests/cli.

#include "train/run/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "base/interrupt.h"
#include "train/run/checkpoint_request.h"

namespace pno::train {
namespace {

using testing::HasSubstr;

class AgreementTest : public testing::Test {
 protected:
  void TearDown() override { set_interrupted(false); }

  Ranks ranks_;
  Agreement agreement_{ranks_};
};

TEST_F(AgreementTest, NothingIsDecidedBeforeAVote) {
  set_interrupted(true);
  EXPECT_FALSE(agreement_.is_stopped() || agreement_.wants_checkpoint() || agreement_.is_time_up());
  EXPECT_EQ(agreement_.saved_step(), -1);
}

TEST_F(AgreementTest, AVoteIsThatOfTheOnlyRank) {
  catch_checkpoint_requests();
  std::raise(SIGUSR1);
  agreement_.vote(/*time_is_up=*/true, /*saved_step=*/7);
  EXPECT_FALSE(agreement_.is_stopped());
  EXPECT_TRUE(agreement_.wants_checkpoint());
  EXPECT_TRUE(agreement_.is_time_up());
  EXPECT_EQ(agreement_.saved_step(), 7);
  set_interrupted(true);
  agreement_.vote(/*time_is_up=*/false, /*saved_step=*/-1);
  EXPECT_TRUE(agreement_.is_stopped());
  EXPECT_FALSE(agreement_.wants_checkpoint());  // once a signal
  EXPECT_FALSE(agreement_.is_time_up());
  EXPECT_EQ(agreement_.saved_step(), -1);
}

TEST_F(AgreementTest, AnInterruptedValidationStops) {
  StepLosses own{.all = {.plain = {2.5, 3}, .grammar = {2.25, 3}}};
  own.of_task.back() = {.plain = {1.5, 2}, .grammar = {1.25, 2}};
  EXPECT_EQ(agreement_.sum(own), own);
  EXPECT_FALSE(agreement_.is_stopped());
  set_interrupted(true);
  agreement_.sum({});
  EXPECT_TRUE(agreement_.is_stopped());
}

TEST_F(AgreementTest, ARankThatCannotPrepareReturnsItsOwnError) {
  EXPECT_TRUE(agree_to_begin(ranks_, TextFields{{"model.layers", "2"}}));
  const auto agreed = agree_to_begin(ranks_, fail_usage("gone.notes: no such file"));
  ASSERT_FALSE(agreed);
  EXPECT_EQ(agreed.error().message, "gone.notes: no such file");
  EXPECT_EQ(agreed.error().kind, Error::Kind::usage);
}

}  // namespace
}  // namespace pno::train
