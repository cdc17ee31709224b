#include "train/step/crop_queue.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "base/digest.h"
#include "corpus/examples/test_examples.h"
#include "events/role_grammar.h"
#include "train/step/step_losses.h"

namespace pno::train {
namespace {

namespace fs = std::filesystem;

constexpr int kContext = 12;
constexpr int kFirstPitch = 30;

// Makes datasets in which each piece has its own pitch, so that a token tells its piece.
class CropQueueTest : public testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }

  corpus::Dataset dataset(int pieces, int notes) const {
    std::vector<corpus::Piece> all;
    for (int piece = 0; piece < pieces; ++piece) {
      auto& [info, list] = all.emplace_back();
      for (int i = 0; i < notes; ++i) {
        list.push_back({.start_us = i * 250'000,
                        .length_us = 200'000,
                        .pitch = static_cast<std::uint8_t>(kFirstPitch + piece),
                        .velocity = 64});
      }
      info.hash = corpus::content_hash(list);
    }
    EXPECT_TRUE(corpus::write_dataset(path_, all));
    return *corpus::Dataset::open(path_);
  }
  static corpus::CropSampler sampler(const corpus::Dataset& dataset, int context = kContext) {
    const std::array weighted = {corpus::Weighted{&dataset, 1}};
    return *corpus::CropSampler::create(weighted, corpus::Split::train,
                                        {.length = context + 1, .max_transpose = 0});
  }
  static std::vector<Batch> draw(const corpus::CropSampler& crops, const TrainConfig& config,
                                 std::int64_t step, int context = kContext) {
    return draw_step(source(crops, config, {}, context), (step - 1) * config.batch);
  }
  static CropSource source(const corpus::CropSampler& crops, const TrainConfig& config,
                           const RankShare& share = {}, int context = kContext) {
    return {.sampler = &crops,
            .config = config,
            .vocabulary = events::kPerformance,
            .context = context,
            .share = share};
  }

  fs::path path_ = fs::temp_directory_path() / fmt::format("pno-crops-{}.notes", ::getpid());
};

template <class Field>
std::vector<std::int64_t> joined(const std::vector<Batch>& parts, Field field) {
  std::vector<std::int64_t> all;
  for (const auto& part : parts) {
    all.insert(all.end(), (part.*field).begin(), (part.*field).end());
  }
  return all;
}

TEST_F(CropQueueTest, StepHasTheCropsAfterThoseOfThePreviousStep) {
  const auto music = dataset(9, 30);
  const auto crops = sampler(music);
  constexpr std::uint64_t kBatch = 5, kStep = 3;
  Batch wanted;
  wanted.length = kContext;
  std::vector<events::Token> tokens(kContext + 1);
  for (std::uint64_t row = 0; row < kBatch; ++row) {
    const int known = crops.draw((kStep - 1) * kBatch + row, tokens);
    wanted.add(tokens, static_cast<std::size_t>(known), events::kPerformance.eos());
  }
  const auto parts = draw(crops, {.batch = kBatch, .accumulate = 2}, kStep);
  EXPECT_EQ(joined(parts, &Batch::inputs), wanted.inputs);
  EXPECT_EQ(joined(parts, &Batch::targets), wanted.targets);
}

// Of the crops of a step, read event by event from each crop's own beginning or from before it.
TEST_F(CropQueueTest, EachTargetHasTheEventsThatTheGrammarAllowsBeforeIt) {
  const auto music = dataset(9, 30);
  const std::array weighted = {corpus::Weighted{&music, 1}};
  const auto vocabulary = events::kPerformance;
  const auto words = events::mask_words(vocabulary.outputs());
  for (const bool any_event : {false, true}) {
    const auto crops = *corpus::CropSampler::create(
        weighted, corpus::Split::train, {.length = kContext + 1, .any_event = any_event});
    constexpr std::uint64_t kBatch = 40;
    const auto parts = draw(crops, {.batch = kBatch, .accumulate = 3}, 1);
    const auto allowed = joined(parts, &Batch::allowed);
    std::vector<events::Token> tokens(kContext + 1);
    std::size_t target = 0, forbidden = 0;
    for (std::uint64_t row = 0; row < kBatch; ++row) {
      events::Grammar grammar(vocabulary);
      const auto length = static_cast<std::size_t>(crops.draw(row, tokens, grammar));
      for (std::size_t i = 1; i < length; ++i, ++target) {
        grammar.read(tokens[i - 1]);
        for (events::Token next = 0; next < vocabulary.outputs(); ++next) {
          const auto word = static_cast<std::uint64_t>(allowed.at(target * words + next / 64U));
          const bool is_allowed = ((word >> (next % 64U)) & 1) != 0;
          forbidden += !is_allowed;
          ASSERT_EQ(is_allowed, grammar.fault_of(next) == events::Fault::none);
        }
      }
    }
    EXPECT_EQ(allowed.size(), target * words);
    EXPECT_GT(forbidden, target);
  }
}

// The crops of a model without roles are those of pno 0.1, so that its runs can be repeated.
TEST_F(CropQueueTest, PlainCropsAreThoseOfOlderVersions) {
  const auto music = corpus::dataset_of(corpus::random_pieces(4, 400));
  const std::array weighted = {corpus::Weighted{&music, 1}};
  const auto digest_of = [&](bool any_event) {
    const auto crops = *corpus::CropSampler::create(weighted, corpus::Split::train,
                                                    {.length = 257, .any_event = any_event});
    Digest digest;
    for (const auto& part : draw_step(source(crops, {.batch = 16, .accumulate = 2}, {}, 256), 32)) {
      EXPECT_TRUE(part.roles.empty() && part.groups.empty());
      for (const auto* values : {&part.inputs, &part.targets, &part.target_at, &part.allowed}) {
        digest.add(std::as_bytes(std::span(*values)));
      }
    }
    return digest.text();
  };
  EXPECT_EQ(digest_of(false), "f03933ec563d2f90");
  EXPECT_EQ(digest_of(true), "f9ea113d6ff2024c");
}

// For each example of a step: inputs, roles, targets, allowed events and groups, read token by
// token.
TEST_F(CropQueueTest, ExamplesBecomeRowsWithRolesAndTargets) {
  const auto music = corpus::dataset_of(corpus::random_pieces(4, 700));
  const std::array weighted = {corpus::Weighted{&music, 1}};
  const auto stored = *events::with_roles(events::kPerformance, {"Chopin"});
  const auto& v = stored.ids;
  constexpr std::size_t kLength = 1500;
  const auto examples = *corpus::ExampleSampler::create(
      weighted, corpus::Split::train,
      {.vocabulary = stored, .length = static_cast<int>(kLength), .seed = 3});
  constexpr int kBatch = 40;
  const auto parts = draw_step({.sampler = &examples,
                                .config = {.batch = kBatch, .accumulate = 3},
                                .vocabulary = v,
                                .context = static_cast<int>(kLength)},
                               kBatch);
  ASSERT_EQ(parts.size(), 3U);
  const auto inputs = joined(parts, &Batch::inputs), roles = joined(parts, &Batch::roles);
  const auto targets = joined(parts, &Batch::targets), allowed = joined(parts, &Batch::allowed);
  const auto groups = joined(parts, &Batch::groups);
  ASSERT_EQ(inputs.size(), kBatch * kLength);
  ASSERT_EQ(roles.size(), kBatch * kLength);
  const auto words = events::mask_words(v.outputs());
  std::vector<std::uint64_t> mask(words);
  std::size_t target = 0;
  std::set<std::int64_t> seen_groups;
  for (std::size_t row = 0; row < kBatch; ++row) {
    const auto example = examples.draw(kBatch + row);
    const auto& tokens = example.tokens;
    events::RoleGrammar grammar(v);
    bool in_middle = false;
    for (std::size_t i = 0; i < kLength; ++i) {
      const auto at = row * kLength + i;
      const bool is_music = i < tokens.size();
      ASSERT_EQ(inputs[at], is_music ? tokens[i] : v.eos());
      ASSERT_EQ(roles[at], is_music ? static_cast<int>(example.roles[i]) : 0);
      if (i + 1 >= tokens.size()) continue;
      grammar.read(tokens[i], example.roles[i]);
      in_middle = in_middle || v.event(tokens[i]).kind == events::Kind::middle;
      if (example.targets[i + 1] == 0) continue;
      ASSERT_EQ(targets.at(target), tokens[i + 1]);
      grammar.allowed(mask);
      for (std::size_t word = 0; word < words; ++word) {
        ASSERT_EQ(static_cast<std::uint64_t>(allowed.at(target * words + word)), mask[word]);
      }
      const auto group = static_cast<TaskGroup>(groups.at(target));
      ASSERT_EQ(group == TaskGroup::infill_middle, in_middle);
      ASSERT_EQ(group == TaskGroup::infill_middle || group == TaskGroup::infill_past,
                example.task == corpus::Task::infill);
      ASSERT_EQ(group == TaskGroup::duet, example.task == corpus::Task::duet);
      seen_groups.insert(groups[target++]);
    }
  }
  EXPECT_EQ(target, targets.size());
  EXPECT_EQ(target, groups.size());
  EXPECT_EQ(seen_groups.size(), kTaskGroups);
}

TEST_F(CropQueueTest, TargetsOfARowStandAtTheirPositions) {
  corpus::Example example{
      .task = corpus::Task::duet,
      .tokens = {356, 60, 188, 65, 300, 188},
      .roles = {events::Role::played, events::Role::played, events::Role::given,
                events::Role::given, events::Role::played, events::Role::played},
      .targets = {0, 1, 0, 0, 1, 1}};
  example.tokens[2] = 64;  // given NOTE_ON
  Batch batch;
  batch.length = 8;
  batch.add({.tokens = {356, 60}, .roles = {{}, {}}, .targets = {0, 1}}, events::kPerformancePlus);
  batch.add(example, events::kPerformancePlus);
  EXPECT_EQ(batch.target_at, (std::vector<std::int64_t>{0, 8, 11, 12}));
  EXPECT_EQ(batch.targets, (std::vector<std::int64_t>{60, 60, 300, 188}));
  EXPECT_EQ(batch.rows, 2);
}

TEST(StepLosses, SumsHoldThemAll) {
  StepLosses losses{.all = {.plain = {2.5, 8}, .grammar = {2.25, 8}}};
  for (std::size_t i = 0; i < kTaskGroups; ++i) {
    const auto n = static_cast<double>(i);
    losses.of_task[i] = {.plain = {n + 0.5, 3}, .grammar = {n + 0.25, 3}};
  }
  EXPECT_EQ(from_sums(to_sums(losses)), losses);
  auto twice = losses;
  twice.add(losses);
  EXPECT_EQ(twice.of_task[2].plain.sum, 5);
  EXPECT_EQ(twice.of_task[2].grammar.targets, 6);
}

TEST_F(CropQueueTest, PartsHaveEqualSizesAndContainAllRows) {
  const auto music = dataset(9, 30);
  const auto crops = sampler(music);
  constexpr int kBatch = 7;
  const auto whole = draw(crops, {.batch = kBatch}, 1);
  for (int accumulate = 1; accumulate <= kBatch; ++accumulate) {
    const auto parts = draw(crops, {.batch = kBatch, .accumulate = accumulate}, 1);
    ASSERT_EQ(std::ssize(parts), accumulate);
    for (const auto& part : parts) {
      EXPECT_GE(part.rows, kBatch / accumulate);
      EXPECT_LE(part.rows, (kBatch + accumulate - 1) / accumulate);
      EXPECT_EQ(std::ssize(part.inputs), part.rows * kContext);
    }
    EXPECT_EQ(joined(parts, &Batch::inputs), whole.front().inputs);
    EXPECT_EQ(joined(parts, &Batch::targets), whole.front().targets);
  }
}

// For any number of ranks: together they draw the batch of one rank, with the right first_row.
TEST_F(CropQueueTest, RanksDivideTheCropsOfAStep) {
  const auto music = dataset(9, 30);
  const auto crops = sampler(music);
  const TrainConfig config{.batch = 7, .accumulate = 2};
  const auto whole = draw(crops, {.batch = 7}, 1);
  for (std::int64_t ranks = 1; ranks <= 7; ++ranks) {
    std::vector<Batch> all;
    for (std::int64_t rank = 0; rank < ranks; ++rank) {
      const auto parts = draw_step(source(crops, config, {rank, ranks}), 0);
      std::int64_t rows = 0;
      for (const auto& part : parts) rows += part.rows;
      EXPECT_EQ(std::ssize(parts), std::min<std::int64_t>(2, rows));
      EXPECT_GE(rows, 7 / ranks);
      EXPECT_LE(rows, (7 + ranks - 1) / ranks);
      all.insert(all.end(), parts.begin(), parts.end());
    }
    EXPECT_EQ(joined(all, &Batch::inputs), whole.front().inputs);
    EXPECT_EQ(joined(all, &Batch::targets), whole.front().targets);
    std::int64_t row = 0;
    for (const auto& part : all) {
      EXPECT_EQ(part.first_row, row);
      row += part.rows;
    }
  }
}

// The product of a row and the number of parts needs more than 32 bits.
TEST_F(CropQueueTest, LargestBatchInMostPartsHasOneRowInEachPart) {
  constexpr int kMost = 1 << 16, kShort = 2;
  const auto music = dataset(1, 8);
  const auto crops = sampler(music, kShort);
  for (const auto& part : draw(crops, {.batch = kMost, .accumulate = kMost}, 1, kShort)) {
    ASSERT_EQ(part.rows, 1);
  }
}

// Trap: the first epoch was not shuffled.
TEST_F(CropQueueTest, TrapFirstStepHasCropsOfManyPieces) {
  constexpr int kPieces = 20;
  const auto music = dataset(kPieces, 40);
  const auto crops = sampler(music);
  std::vector<std::int64_t> order;
  const auto batches = draw(crops, {.batch = 16}, 1);
  for (const auto token : batches.front().inputs) {
    const bool is_start = token >= kFirstPitch && token < kFirstPitch + kPieces;
    if (is_start && (order.empty() || order.back() != token)) order.push_back(token);
  }
  EXPECT_GE(std::set(order.begin(), order.end()).size(), 5U);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
}

// Trap: short batches were skipped.
TEST_F(CropQueueTest, TrapMusicShorterThanABatchFillsIt) {
  const auto music = dataset(1, 2);
  const auto crops = sampler(music);
  for (std::int64_t step = 1; step <= 5; ++step) {
    const auto parts = draw(crops, {.batch = 6, .accumulate = 2}, step);
    for (const auto& part : parts) {
      EXPECT_EQ(part.rows, 3);
      EXPECT_GE(std::ssize(part.targets), part.rows);
    }
  }
}

TEST_F(CropQueueTest, NextReturnsStepsInOrderFromTheFirstCrop) {
  const auto music = dataset(9, 30);
  const auto crops = sampler(music);
  const TrainConfig config{.batch = 3};
  CropQueue queue(source(crops, config), 3 * config.batch);
  for (std::int64_t step = 4; step < 14; ++step) {
    EXPECT_EQ(queue.next().front().inputs, draw(crops, config, step).front().inputs) << step;
  }
}

// A negative number of parts makes the allocation fail, as if memory ran out.
TEST_F(CropQueueTest, NextThrowsWhatTheThreadThrew) {
  const auto music = dataset(1, 8);
  const auto crops = sampler(music);
  CropQueue queue(source(crops, {.accumulate = -1}), 0);
  EXPECT_THROW(queue.next(), std::length_error);
  EXPECT_THROW(queue.next(), std::length_error);
}

}  // namespace
}  // namespace pno::train
