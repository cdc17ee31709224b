#include "train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "model/model_file.h"
#include "model/parameters.h"

namespace pno::train {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Pieces of 40 notes of a scale, each from another key.
std::vector<corpus::Piece> scales(int train, int validation) {
  std::vector<corpus::Piece> pieces;
  for (int piece = 0; piece < train + validation; ++piece) {
    auto& [info, notes] = pieces.emplace_back();
    info.title = fmt::format("scale {}", piece);
    info.licence = "CC0";
    info.split = piece < train ? corpus::Split::train : corpus::Split::validation;
    for (int i = 0; i < 40; ++i) {
      notes.push_back({.start_us = i * 250'000,
                       .length_us = 200'000,
                       .pitch = static_cast<std::uint8_t>(50 + piece + i % 12),
                       .velocity = static_cast<std::uint8_t>(60 + i)});
    }
    info.hash = corpus::content_hash(notes);
  }
  return pieces;
}

class TrainerTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    write("data.notes", 5, 2);
    set_interrupted(false);
  }
  void TearDown() override {
    set_interrupted(false);
    fs::remove_all(folder_);
  }
  void write(const std::string& name, int train_pieces, int validation_pieces) const {
    ASSERT_TRUE(corpus::write_dataset(folder_ / name, scales(train_pieces, validation_pieces)));
  }

  // Small enough for a few milliseconds a step, with every part of the model.
  TrainOptions options(const std::string& run = "run") const {
    TrainOptions options;
    options.datasets = {{folder_ / "data.notes"}};
    options.run = folder_ / run;
    options.model = {.layers = 2,
                     .heads = 2,
                     .width = 16,
                     .attention_width = 16,
                     .ff_width = 32,
                     .context = 32,
                     .max_distance = 32};
    options.train.steps = 12;
    options.train.batch = 3;
    options.train.warmup_steps = 4;
    options.train.validation_steps = 5;
    options.threads = 1;
    return options;
  }
  static std::string failure(const TrainOptions& options) {
    const auto result = train(options, {});
    return result ? "no failure" : result.error().message;
  }
  static Expected<TrainResult> stop_after(const TrainOptions& options, std::int64_t step) {
    return train(options, [&](const StepReport& report) {
      if (report.step == step) set_interrupted(true);
    });
  }
  std::string bytes(const std::string& name) const { return *read_text(folder_ / name); }
  std::vector<float> table(const std::string& run, std::string_view name) const {
    return model::ModelFile::open(folder_ / run / "model.safetensors")->values(name);
  }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("pno-trainer-{}", ::getpid());
};

TEST_F(TrainerTest, LeavesAModelThatSaysHowItWasMade) {
  const auto result = train(options(), {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->steps, 12);
  EXPECT_GT(result->tokens, 12 * 3 * 16);
  EXPECT_THAT(result->device, HasSubstr("1 thread"));
  ASSERT_TRUE(result->validation_nll);
  const auto file = model::ModelFile::open(options().run / "model.safetensors");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->config(), options().model);
  const auto& metadata = file->metadata();
  for (const auto& [key, value] : TextFields{{"training.batch", "3"},
                                             {"vocabulary.max_shift_steps", "100"},
                                             {"data.pieces", "7"},
                                             {"data.notes", "280"},
                                             {"data.licence", "CC0"},
                                             {"data.sources", "data.notes"}}) {
    EXPECT_EQ(metadata.at(key), value) << key;
  }
  EXPECT_EQ(metadata.count("training.validation_nll"), 1U);
  EXPECT_THAT(bytes("run/metrics.jsonl"), HasSubstr("{\"step\":10,\"train_nll\":"));
  EXPECT_THAT(bytes("run/metrics.jsonl"), HasSubstr("{\"step\":5,\"validation_nll\":"));
}

// With dropout and a best model among the state; the stop is neither at a validation nor at a line
// of the metrics.
TEST_F(TrainerTest, AResumedRunEqualsAnUninterruptedOneBitForBit) {
  ASSERT_TRUE(train(options("whole"), {}));
  auto parts = options("parts");
  const auto stopped = stop_after(parts, 7);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, Error::Kind::interrupted);
  EXPECT_THAT(stopped.error().message, HasSubstr("--resume"));
  set_interrupted(false);
  parts.resume = true;
  const auto result = train(parts, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(bytes("whole/model.safetensors"), bytes("parts/model.safetensors"));
  const std::string last = "/checkpoint/step-000000012.safetensors";
  EXPECT_EQ(bytes("whole" + last), bytes("parts" + last));
}

// Trap: relative tables were no parameters: never trained, never saved.
TEST_F(TrainerTest, TrapRelativeTablesAreTrainedAndSaved) {
  for (const auto kind : {model::Attention::relative, model::Attention::shaw}) {
    const auto run = std::string(enum_name(kind));
    auto with = options(run);
    with.model.attention = kind;
    ASSERT_TRUE(train(with, {}));
    std::uint64_t stream = 0;
    for (const auto& parameter : model::parameters(with.model, events::kPerformance.size())) {
      const auto begun = model::initial_values(parameter, with.train.seed, stream++);
      if (parameter.name.find("relative") == std::string::npos) continue;
      const std::vector<float> before(begun.begin(), begun.end());
      EXPECT_NE(table(run, parameter.name), before) << parameter.name;
    }
  }
}

// Trap: validation crashed before the first checkpoint was written.
TEST_F(TrainerTest, TrapValidationComesBeforeTheFirstCheckpoint) {
  auto with = options();
  with.train.validation_steps = 1;
  int validations = 0;
  ASSERT_TRUE(train(with, [&](const StepReport& report) {
    if (report.step == 1) {
      EXPECT_TRUE(report.validation_nll);
      EXPECT_FALSE(fs::exists(with.run / "checkpoint"));
      ++validations;
    }
  }));
  EXPECT_EQ(validations, 1);
}

// Trap: fewer sequences than a batch divided by zero.
TEST_F(TrainerTest, TrapFewerPiecesThanABatch) {
  write("data.notes", 1, 1);
  auto with = options();
  with.train.batch = 8;
  const auto result = train(with, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_GT(result->train_nll, 0);
}

TEST_F(TrainerTest, SavesTheLastModelWithoutAValidationSplit) {
  write("data.notes", 3, 0);
  const auto result = train(options(), {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->validation_nll, std::nullopt);
  const auto file = model::ModelFile::open(options().run / "model.safetensors");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->metadata().at("training.step"), "12");
}

TEST_F(TrainerTest, ABatchInPartsLearnsTheSameWithoutDropout) {
  constexpr double kRounding = 1e-5;
  auto with = options("whole");
  with.model.dropout = 0;
  const auto whole = train(with, {});
  with.run = folder_ / "parts";
  with.train.accumulate = 2;  // of three crops: parts of two and one
  const auto parts = train(with, {});
  ASSERT_TRUE(whole && parts);
  EXPECT_NEAR(*whole->validation_nll, *parts->validation_nll, kRounding);
}

TEST_F(TrainerTest, RefusesAFolderThatDoesNotFitTheFlag) {
  auto with = options();
  with.resume = true;
  EXPECT_THAT(failure(with), HasSubstr("holds no checkpoint to resume"));
  with.resume = false;
  ASSERT_TRUE(train(with, {}));
  EXPECT_THAT(failure(with), HasSubstr("go on with --resume"));
}

TEST_F(TrainerTest, RefusesAChangedConfigAndTakesMoreSteps) {
  auto with = options();
  ASSERT_TRUE(train(with, {}));
  with.resume = true;
  with.train.learning_rate = 0.5;
  EXPECT_THAT(failure(with), HasSubstr("training.learning_rate was 0.001, is 0.5"));
  with.train.learning_rate = options().train.learning_rate;
  with.train.steps = 14;
  const auto longer = train(with, {});
  ASSERT_TRUE(longer) << longer.error().message;
  EXPECT_EQ(longer->steps, 14);
  write("data.notes", 4, 2);
  EXPECT_THAT(failure(with), HasSubstr("data.hash was"));
}

TEST_F(TrainerTest, ALossThatIsNoNumberEndsTheRunAndKeepsTheCheckpoint) {
  auto with = options();
  with.train.learning_rate = 1e30;
  with.train.warmup_steps = 0;
  with.train.clip_norm = 0;
  with.train.validation_steps = 0;
  with.checkpoint_steps = 1;
  const auto message = failure(with);
  EXPECT_THAT(message, HasSubstr("nan"));
  EXPECT_THAT(message, HasSubstr("is good"));
  EXPECT_TRUE(fs::exists(with.run / "checkpoint"));
}

TEST_F(TrainerTest, StopsInTimeAndGoesOnLater) {
  auto with = options();
  with.train.steps = 1'000'000;
  with.max_minutes = 0.5 / 60;
  const auto first = train(with, {});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_LT(first->steps, with.train.steps);
  with.resume = true;
  const auto second = train(with, {});
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_GT(second->steps, first->steps);
}

TEST_F(TrainerTest, BadInputHasItsSentence) {
  auto with = options();
  with.datasets = {{folder_ / "none.notes"}};
  EXPECT_THAT(failure(with), HasSubstr("none.notes"));
  with = options();
  with.train.batch = 0;
  EXPECT_THAT(failure(with), HasSubstr("batch is 0"));
  with = options();
  with.model.heads = 3;
  EXPECT_THAT(failure(with), HasSubstr("heads"));
  with = options();
  with.run = folder_ / "data.notes";
  EXPECT_THAT(failure(with), HasSubstr("cannot be made"));
}

}  // namespace
}  // namespace pno::train
