#include "train/step/crop_queue.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <stdexcept>

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
    return {.sampler = crops,
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
