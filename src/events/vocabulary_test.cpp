#include "events/vocabulary.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace pno::events {
namespace {

// Model files hold these ids: they never change.
TEST(Vocabulary, PerformanceIdsAreFixed) {
  const auto& v = kPerformance;
  EXPECT_EQ(v.outputs(), 390);
  EXPECT_EQ(v.inputs(), 390);
  EXPECT_EQ(v.event(0), (Event{Kind::note_on, 0}));
  EXPECT_EQ(v.event(60), (Event{Kind::note_on, 60}));
  EXPECT_EQ(v.event(127), (Event{Kind::note_on, 127}));
  EXPECT_EQ(v.event(128), (Event{Kind::note_off, 0}));
  EXPECT_EQ(v.event(255), (Event{Kind::note_off, 127}));
  EXPECT_EQ(v.event(256), (Event{Kind::time_shift, 1}));
  EXPECT_EQ(v.event(355), (Event{Kind::time_shift, 100}));
  EXPECT_EQ(v.event(356), (Event{Kind::velocity, 0}));
  EXPECT_EQ(v.event(387), (Event{Kind::velocity, 31}));
  EXPECT_EQ(v.event(388), (Event{Kind::bos, 0}));
  EXPECT_EQ(v.event(389), (Event{Kind::eos, 0}));
}

TEST(Vocabulary, PnoAiIdsAreFixed) {
  const auto& v = kPnoAi;
  EXPECT_EQ(v.outputs(), 415);
  EXPECT_EQ(v.inputs(), 415);
  EXPECT_EQ(v.step_us(), 8000);
  EXPECT_EQ(v.event(127), (Event{Kind::note_on, 127}));
  EXPECT_EQ(v.event(128), (Event{Kind::note_off, 0}));
  EXPECT_EQ(v.event(256), (Event{Kind::time_shift, 1}));
  EXPECT_EQ(v.event(380), (Event{Kind::time_shift, 125}));
  EXPECT_EQ(v.event(381), (Event{Kind::velocity, 0}));
  EXPECT_EQ(v.event(412), (Event{Kind::velocity, 31}));
  EXPECT_EQ(v.event(413), (Event{Kind::bos, 0}));
  EXPECT_EQ(v.event(414), (Event{Kind::eos, 0}));
}

TEST(Vocabulary, PerformancePlusIdsAreFixed) {
  auto v = kPerformancePlus;
  v.composers = 12;
  EXPECT_EQ(v.outputs(), 391);
  EXPECT_EQ(v.inputs(), 456);
  for (Token id = 0; id < 390; ++id) EXPECT_EQ(v.event(id), kPerformance.event(id));
  EXPECT_EQ(v.end(), 390);
  EXPECT_EQ(v.event(390), (Event{Kind::end, 0}));
  EXPECT_EQ(v.event(391), (Event{Kind::infill, 0}));
  EXPECT_EQ(v.event(392), (Event{Kind::prefix, 0}));
  EXPECT_EQ(v.event(393), (Event{Kind::middle, 0}));
  EXPECT_EQ(v.event(394), (Event{Kind::music_kind, 0}));
  EXPECT_EQ(v.event(397), (Event{Kind::music_kind, 3}));
  EXPECT_EQ(v.event(398), (Event{Kind::key, 0}));
  EXPECT_EQ(v.event(421), (Event{Kind::key, 23}));
  EXPECT_EQ(v.event(422), (Event{Kind::density, 0}));
  EXPECT_EQ(v.event(429), (Event{Kind::density, 7}));
  EXPECT_EQ(v.event(430), (Event{Kind::loudness, 0}));
  EXPECT_EQ(v.event(437), (Event{Kind::loudness, 7}));
  EXPECT_EQ(v.event(438), (Event{Kind::polyphony, 0}));
  EXPECT_EQ(v.event(443), (Event{Kind::polyphony, 5}));
  EXPECT_EQ(v.event(444), (Event{Kind::composer, 0}));
  EXPECT_EQ(v.event(455), (Event{Kind::composer, 11}));
}

TEST(Vocabulary, KindsHaveValuesOnlyInAVocabularyThatHasThem) {
  for (int kind = 0; kind < kKinds; ++kind) {
    const bool is_event_kind = kind < kEventKinds;
    EXPECT_EQ(kPerformance.values(static_cast<Kind>(kind)) > 0, is_event_kind) << kind;
    EXPECT_GT(kPerformancePlus.values(static_cast<Kind>(kind)), 0) << kind;
  }
}

TEST(Vocabulary, EveryIdSurvivesTheRoundTripThroughItsEvent) {
  for (const Vocabulary& v :
       {kPerformance, kPnoAi, kPerformancePlus, Vocabulary{1, 1, 1}, Vocabulary{9, 10000, 127},
        Vocabulary{.has_roles = true, .composers = 1000}}) {
    for (int id = 0; id < v.inputs(); ++id) {
      const auto token = static_cast<Token>(id);
      EXPECT_EQ(v.token(v.event(token)), token);
    }
  }
}

// No id has two meanings, so none can serve as padding.
TEST(Vocabulary, EosIsNotTheIdOfANote) {
  for (const Vocabulary& v : {kPerformance, kPnoAi}) {
    for (int id = 0; id < v.inputs(); ++id) {
      const bool is_eos = v.event(static_cast<Token>(id)).kind == Kind::eos;
      EXPECT_EQ(is_eos, id == v.eos());
    }
  }
}

TEST(Vocabulary, VelocityBinsFollowTheFormula) {
  for (int velocity = 1; velocity <= 127; ++velocity) {
    EXPECT_EQ(kPerformance.velocity_bin(velocity), (velocity - 1) / 4);
  }
}

// Within half a bin, plus half a velocity for rounding to integers.
TEST(Vocabulary, BinDecodesToItsMiddle) {
  for (int bins = 1; bins <= 127; ++bins) {
    const Vocabulary v{.velocity_bins = bins};
    for (int velocity = 1; velocity <= 127; ++velocity) {
      const int middle = v.bin_velocity(v.velocity_bin(velocity));
      EXPECT_EQ(v.velocity_bin(middle), v.velocity_bin(velocity)) << bins << " bins";
      EXPECT_LE(std::abs(middle - velocity), 64.0 / bins + 0.5) << bins << " bins, " << velocity;
    }
  }
}

TEST(Vocabulary, With32BinsVelocitiesAreWithinTwo) {
  for (int velocity = 1; velocity <= 127; ++velocity) {
    const int middle = kPerformance.bin_velocity(kPerformance.velocity_bin(velocity));
    EXPECT_LE(std::abs(middle - velocity), 2);
  }
}

TEST(Vocabulary, EveryBinDecodesToAVelocity) {
  for (int bins = 1; bins <= 127; ++bins) {
    const Vocabulary v{.velocity_bins = bins};
    for (int bin = 0; bin < bins; ++bin) {
      EXPECT_GE(v.bin_velocity(bin), 1);
      EXPECT_LE(v.bin_velocity(bin), 127);
    }
  }
}

TEST(Vocabulary, ErrorNamesAFieldOutOfRange) {
  EXPECT_TRUE(kPerformance.validate());
  EXPECT_TRUE((Vocabulary{1000, 10000, 127}.validate()));
  const auto message = [](const Vocabulary& v) { return v.validate().error().message; };
  EXPECT_EQ(message({.steps_per_second = 0}), "steps_per_second is 0, where 1 to 1000 is allowed");
  EXPECT_EQ(message({.max_shift_steps = 10001}),
            "max_shift_steps is 10001, where 1 to 10000 is allowed");
  EXPECT_TRUE(kPerformancePlus.validate());
  EXPECT_EQ(message({.has_roles = true}), "composers is 0, where 1 to 1000 is allowed");
  EXPECT_EQ(message({.composers = 1}), "composers is 1, where 0 to 0 is allowed");
  EXPECT_EQ(message({.velocity_bins = 128}), "velocity_bins is 128, where 1 to 127 is allowed");
}

TEST(Vocabulary, HasNames) {
  EXPECT_EQ(*vocabulary_by_name("performance"), kPerformance);
  EXPECT_EQ(*vocabulary_by_name("pno-ai"), kPnoAi);
  EXPECT_EQ(vocabulary_name(kPerformance), "performance");
  EXPECT_EQ(vocabulary_name(kPnoAi), "pno-ai");
  EXPECT_EQ(vocabulary_name(kPerformancePlus), "performance+");
  EXPECT_EQ(vocabulary_name({.has_roles = true, .composers = 20}), "performance+");
  EXPECT_EQ(vocabulary_name({50, 20, 8}), "50 steps/s, shifts to 20, 8 velocities");
  EXPECT_EQ(vocabulary_by_name("midi").error().message,
            "'midi' is not a vocabulary; choose performance or pno-ai");
}

}  // namespace
}  // namespace pno::events
