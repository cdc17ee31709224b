#include "corpus/examples/infill.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "corpus/examples/test_examples.h"
#include "events/role_grammar.h"

namespace pno::corpus {
namespace {

using events::Kind;
using events::kPerformancePlus;
using events::Role;

constexpr std::size_t kTokens = 2048;
constexpr RolePair kPlayed = {Role::played, Role::played}, kFuture = {Role::future, Role::future};

// An infill, and the positions of its parts.
struct Infill {
  ExampleCrop crop;
  Gap gap;
  Example example = {};
  std::size_t future = 0, prefix = 0, middle = 0, end = 0;
  std::int64_t gap_steps = 0;
  std::vector<int> held = {};
};

Infill read_infill(ExampleCrop crop, const Gap& gap, const ControlValues& controls) {
  Infill infill{.crop = std::move(crop), .gap = gap};
  ExampleWriter writer(kPerformancePlus, kTokens, infill.example);
  EXPECT_TRUE(write_infill(infill.crop, gap, controls, kPerformancePlus, writer));
  const auto find = [&](Kind kind) {
    const auto token = kPerformancePlus.token({kind, 0});
    const auto& tokens = infill.example.tokens;
    EXPECT_EQ(std::ranges::count(tokens, token), 1) << enum_name(kind);
    return static_cast<std::size_t>(std::ranges::find(tokens, token) - tokens.begin());
  };
  infill.future = find(Kind::infill) + 1;
  infill.prefix = find(Kind::prefix);
  infill.middle = find(Kind::middle);
  infill.end = find(Kind::end);
  const auto& example = infill.example;
  for (auto left = gap.end - gap.start; left > 0; ++infill.future) {
    EXPECT_TRUE(has(example, infill.future, Kind::time_shift, Role::future));
    left -= kPerformancePlus.event(example.tokens[infill.future]).value;
    EXPECT_GE(left, 0);
  }
  for (; has(example, infill.future, Kind::note_on, Role::future); ++infill.future) {
    infill.held.push_back(kPerformancePlus.event(example.tokens[infill.future]).value);
  }
  return infill;
}

// Calls check(infill) for infills of random music.
template <class Check>
void for_infills(Check&& check) {
  const auto dataset = dataset_of(random_pieces(6, 1200));
  const Weighted weighted[] = {{&dataset, 1}};
  const auto places = PlaceSampler::create(weighted, Split::train, {});
  ASSERT_TRUE(places);
  int checked = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto place = places->draw(7, i);
    RandomStream random(8, i);
    auto crop = draw_example_crop(place, Task::infill, kTokens, kPerformancePlus, random);
    const auto gap = draw_gap(crop, kTokens, kPerformancePlus, {}, random);
    if (!gap) continue;
    SCOPED_TRACE(fmt::format("infill {}", i));
    const auto controls = infill_controls(crop, *gap, {}, 100);
    const auto infill = read_infill(std::move(crop), *gap, controls);
    check(infill);
    if (testing::Test::HasFatalFailure()) return;
    ++checked;
  }
  EXPECT_GT(checked, 100);
}

TEST(Infill, PastMiddleAndFutureGiveTheCropBack) {
  for_infills([](const Infill& infill) {
    const auto& example = infill.example;
    auto all = timed_notes(example, kPlayed, 0, example.tokens.size());
    const auto future = timed_notes(example, kFuture, infill.future, infill.prefix, infill.gap.end);
    all.insert(all.end(), future.begin(), future.end());
    auto crop = timed_notes(infill.crop.events);
    ASSERT_LE(all.size(), crop.size());
    crop.resize(all.size());
    ASSERT_EQ(all, crop);
  });
}

TEST(Infill, TheMiddleEndsAtTheGapAndTheFutureBeginsThere) {
  for_infills([](const Infill& infill) {
    const auto& example = infill.example;
    ASSERT_EQ(infill.end, example.tokens.size() - 1);
    std::int64_t steps = 0;
    std::vector<int> sounding;
    for (std::size_t i = infill.prefix; i < infill.end; ++i) {
      ASSERT_EQ(example.roles[i], Role::played);
      const auto event = kPerformancePlus.event(example.tokens[i]);
      if (event.kind == Kind::middle) {
        ASSERT_EQ(steps, infill.gap.start);
      }
      if (event.kind == Kind::time_shift) steps += event.value;
      if (event.kind == Kind::note_on) sounding.push_back(event.value);
      if (event.kind == Kind::note_off) std::erase(sounding, event.value);
    }
    ASSERT_EQ(steps, infill.gap.end);
    std::ranges::sort(sounding);
    ASSERT_EQ(sounding, infill.held);
  });
}

// The condition has no event of the gap; the held notes, without a time, are all that it tells.
TEST(Infill, NoEventOfTheGapStandsInItsCondition) {
  for_infills([](const Infill& infill) {
    const auto& example = infill.example;
    const auto future = timed_notes(example, kFuture, infill.future, infill.prefix, infill.gap.end);
    std::size_t next = 0;
    for (const auto& event : infill.crop.events) {
      const bool is_after =
          event.step > infill.gap.end || (event.step == infill.gap.end && event.is_on);
      if (!is_after || next == future.size()) continue;
      ASSERT_EQ(future[next].step, event.step);
      ASSERT_EQ(future[next].pitch, event.pitch);
      ++next;
    }
    ASSERT_EQ(next, future.size());
    for (std::size_t i = 0; i < infill.prefix; ++i) ASSERT_EQ(example.targets[i], 0);
  });
}

TEST(Infill, PartsKeepTheirBounds) {
  for_infills([](const Infill& infill) {
    EXPECT_LE(infill.example.tokens.size(), kTokens);
    EXPECT_LE(infill.prefix - infill.future, kTokens / 4);
    EXPECT_LE(infill.end - infill.middle, kTokens / 2 + 2);
    EXPECT_GE(infill.middle - infill.prefix, kTokens / 8);
    EXPECT_GE(infill.gap.end - infill.gap.start, 50);
    EXPECT_LE(infill.gap.end - infill.gap.start, 2001);
    const auto future =
        timed_notes(infill.example, kFuture, infill.future, infill.prefix, infill.gap.end);
    ASSERT_FALSE(future.empty());
    EXPECT_LE(future.back().step - infill.gap.end, 1500);
  });
}

TEST(Infill, TheGrammarAllowsEveryTarget) {
  for_infills([](const Infill& infill) {
    events::RoleGrammar grammar(kPerformancePlus);
    std::vector<std::uint64_t> mask(events::mask_words(kPerformancePlus.outputs()));
    for (std::size_t i = 0; i < infill.example.tokens.size(); ++i) {
      if (infill.example.targets[i] != 0) {
        grammar.allowed(mask);
        ASSERT_TRUE(events::mask_contains(mask, infill.example.tokens[i])) << "token " << i;
      }
      if (i == infill.middle) {
        ASSERT_EQ(grammar.gap_left(), infill.gap.end - infill.gap.start);
      }
      grammar.read(infill.example.tokens[i], infill.example.roles[i]);
    }
  });
}

// Two notes of 10 s: one across the start of the gap, one across its end, which is struck again.
TEST(Infill, IsWrittenAsTheContractSays) {
  ExampleCrop crop;
  crop.events = {{.step = 0, .pitch = 40, .velocity = 64, .is_on = true},
                 {.step = 100, .pitch = 40},
                 {.step = 100, .pitch = 50, .velocity = 64, .is_on = true},
                 {.step = 350, .pitch = 60, .velocity = 64, .is_on = true},
                 {.step = 400, .pitch = 50},
                 {.step = 400, .pitch = 70, .velocity = 64, .is_on = true},
                 {.step = 600, .pitch = 60},
                 {.step = 600, .pitch = 70}};
  crop.from_start = crop.to_end = true;
  const auto controls =
      infill_controls(crop, {200, 400, 600}, {.composer = 0, .music_kind = 1}, 100);
  const auto infill = read_infill(crop, {200, 400, 600}, controls);
  const auto& v = kPerformancePlus;
  const auto token = [&](Kind kind, int value) { return v.token({kind, value}); };
  const std::vector<events::Token> expected = {
      v.bos(),
      token(Kind::composer, 0),
      token(Kind::music_kind, 1),
      token(Kind::key, controls[2]),
      token(Kind::density, 0),    // one onset in two seconds
      token(Kind::loudness, 4),   // velocity 64
      token(Kind::polyphony, 0),  // 2 s and 0.5 s of 2 s: 1.25 notes
      token(Kind::infill, 0),
      v.time_shift(100),
      v.time_shift(100),
      v.note_on(60),  // held
      v.velocity(15),
      v.note_on(70),
      v.time_shift(100),
      v.time_shift(100),
      v.note_off(60),
      v.note_off(70),
      v.eos(),
      token(Kind::prefix, 0),
      v.velocity(15),
      v.note_on(40),
      v.time_shift(100),
      v.note_off(40),
      v.note_on(50),
      v.time_shift(100),
      token(Kind::middle, 0),
      v.time_shift(100),
      v.time_shift(50),
      v.note_on(60),
      v.time_shift(50),
      v.note_off(50),
      v.end()};
  EXPECT_EQ(infill.example.tokens, expected);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(infill.example.roles[i] == Role::future, i >= 8 && i < 18) << i;
    EXPECT_EQ(infill.example.targets[i] != 0, i > 18 && i != 25) << i;
  }
}

// The reader of the gap's length could not tell 2 s and silence from a longer gap.
TEST(Infill, AFutureThatBeginsWithSilenceHasAGapThatIsNotOfLongestShifts) {
  for_infills([](const Infill& infill) {
    if (!infill.held.empty()) return;
    if (!has(infill.example, infill.future, Kind::time_shift, Role::future)) return;
    ASSERT_NE((infill.gap.end - infill.gap.start) % 100, 0);
  });
}

TEST(Infill, AShortCropHasNoGap) {
  ExampleCrop crop;
  crop.events = {{.step = 0, .pitch = 40, .velocity = 64, .is_on = true},
                 {.step = 900, .pitch = 40}};
  crop.tokens_before = {0, 2, 12};
  RandomStream random(1, 1);
  EXPECT_FALSE(draw_gap(crop, kTokens, kPerformancePlus, {}, random));
}

}  // namespace
}  // namespace pno::corpus
