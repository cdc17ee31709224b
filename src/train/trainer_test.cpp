#include "train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "base/file_lock.h"
#include "model/parameters.h"
#include "train/run/checkpoint_request.h"
#include "train/trainer_test_fixture.h"

namespace pno::train {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST_F(TrainerTest, ModelFileRecordsItsTraining) {
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
                                             {"data.pieces", "5"},
                                             {"data.notes", "200"},
                                             {"data.licence", "CC0"},
                                             {"data.sources", "data.notes"}}) {
    EXPECT_EQ(metadata.at(key), value) << key;
  }
  EXPECT_EQ(metadata.count("training.validation_nll"), 1U);
  EXPECT_THAT(bytes("run/metrics.jsonl"), HasSubstr("{\"step\":10,\"train_nll\":"));
  EXPECT_THAT(bytes("run/metrics.jsonl"), HasSubstr("{\"step\":5,\"validation_nll\":"));
}

TEST_F(TrainerTest, RunFolderIsLockedAgainstOtherProcesses) {
  fs::create_directories(options().run);
  {
    const auto held = FileLock::take(options().run / "lock");
    ASSERT_TRUE(held);
    EXPECT_THAT(failure(options()), HasSubstr("run/lock: is held by another process"));
    EXPECT_FALSE(fs::exists(options().run / "metrics.jsonl"));
  }
  EXPECT_TRUE(train(options(), {}));
}

TEST_F(TrainerTest, EachValidationIsReportedOnce) {
  std::vector<std::int64_t> validated, steps;
  ASSERT_TRUE(train(options(), [&](const StepReport& report) {
    if (report.validated) validated.push_back(report.step);
    if (!report.validated && report.note.empty()) steps.push_back(report.step);
  }));
  EXPECT_THAT(validated, testing::ElementsAre(5, 10, 12));
  EXPECT_EQ(steps.size(), 12U);
}

TEST_F(TrainerTest, GrammarWeightIsMoreThanZeroAndAtMostOne) {
  for (const double weight : {0.0, -0.1, 1.1, std::nan("")}) {
    auto with = options();
    with.train.grammar_weight = weight;
    EXPECT_THAT(failure(with), testing::HasSubstr("grammar_weight is")) << weight;
  }
}

// The model is chosen by the loss that training weighs most, and the result has both of it.
TEST_F(TrainerTest, TheBestModelIsChosenAmongAllowedEventsIfForbiddenOnesWeighLess) {
  for (const double weight : {1.0, 0.1}) {
    auto with = options(fmt::format("weight {}", weight));
    with.train.grammar_weight = weight;
    with.train.learning_rate = 0.02;
    with.train.steps = 40;
    with.train.validation_steps = 2;
    std::vector<std::pair<double, double>> both;  // the chosen loss first
    const auto result = train(with, [&](const StepReport& report) {
      if (!report.validated) return;
      const auto plain = *report.validation_nll, grammar = *report.validation_nll_grammar;
      EXPECT_LT(grammar, plain);
      both.emplace_back(weight < 1 ? grammar : plain, weight < 1 ? plain : grammar);
    });
    ASSERT_TRUE(result) << result.error().message;
    const auto best = *std::min_element(both.begin(), both.end());
    EXPECT_EQ(weight < 1 ? result->validation_nll_grammar : result->validation_nll, best.first);
    EXPECT_EQ(weight < 1 ? result->validation_nll : result->validation_nll_grammar, best.second);
    EXPECT_LT(*result->train_nll_grammar, *result->train_nll);
  }
}

// Trap: options were parsed and ignored. Each is given another value, and the outcome must differ.
TEST_F(TrainerTest, TrapEveryTrainingOptionHasAnEffect) {
  const TextFields changed = {{"steps", "7"},
                              {"epochs", "0.3"},
                              {"patience", "1"},
                              {"batch_tokens", "128"},
                              {"ema_decay", "0.9"},
                              {"freeze", "embedding"},
                              {"layer_rates", "layers.0=0.5"},
                              {"batch", "4"},
                              {"accumulate", "2"},
                              {"learning_rate", "0.01"},
                              {"schedule", "noam"},
                              {"cooldown", "0.9"},
                              {"optimizer", "muon"},
                              {"muon_rate", "2"},
                              {"muon_momentum", "0.5"},
                              {"final_decay", "3"},
                              {"warmup_steps", "2"},
                              {"beta1", "0.5"},
                              {"beta2", "0.5"},
                              {"epsilon", "0.01"},
                              {"weight_decay", "0.5"},
                              {"clip_norm", "0.01"},
                              {"label_smoothing", "0.1"},
                              {"grammar_weight", "0.1"},
                              {"crops", "tokens"},
                              {"max_transpose", "0"},
                              {"max_stretch", "0.5"},
                              {"precision", "bf16"},
                              {"seed", "2"},
                              {"validation_steps", "2"},
                              {"validation_windows", "1"},
                              {"vocabulary", "pno-ai"},
                              {"task_plain", "2"},
                              {"task_infill", "0"},
                              {"task_accompany", "0"},
                              {"task_realise", "0"},
                              {"task_duet", "0"},
                              {"validation_examples", "1"}};
  auto base = options("base");
  base.train.steps = 6;
  base.train.schedule = Schedule::wsd;
  base.train.weight_decay = 0.1;
  ASSERT_TRUE(train(base, {}));
  auto muon = base;
  muon.run = folder_ / "with-muon";
  muon.train.optimizer = OptimizerKind::muon;
  ASSERT_TRUE(train(muon, {}));
  auto roles = base;
  roles.run = folder_ / "with-roles";
  roles.train.vocabulary = "performance+";
  roles.train.task_plain = 0.2;
  roles.model.context = 256;  // in shorter rows all examples are plain
  ASSERT_TRUE(train(roles, {}));
  TrainConfig::fields(base.train, [&](std::string_view name, const auto&, std::string_view) {
    SCOPED_TRACE(name);
    ASSERT_EQ(changed.count(std::string(name)), 1U) << "a new field: give it another value above";
    const auto& without = name.starts_with("muon_")                                  ? muon
                          : name.starts_with("task_") || name.ends_with("_examples") ? roles
                                                                                     : base;
    const auto usual = outcome(without.run.filename().string());
    auto with = without;
    with.run = folder_ / name;
    TrainConfig::fields(with.train, [&](std::string_view field, auto& value, std::string_view) {
      if (field != name) return;
      ASSERT_TRUE(parse_field(changed.at(std::string(name)), value));
    });
    const auto result = train(with, {});
    ASSERT_TRUE(result) << result.error().message;
    if (name == "patience") return;  // needs a run that does not improve: see PatienceEndsARun…
    EXPECT_NE(outcome(std::string(name)), usual);
  });
}

// Trap: relative tables were not parameters, so they were never trained and never saved.
TEST_F(TrainerTest, TrapRelativeTablesAreTrainedAndSaved) {
  for (const auto kind : {model::Attention::relative, model::Attention::shaw}) {
    const auto run = std::string(enum_name(kind));
    auto with = options(run);
    with.model.attention = kind;
    ASSERT_TRUE(train(with, {}));
    std::uint64_t stream = 0;
    for (const auto& parameter : model::parameters(with.model, events::kPerformance.inputs())) {
      const auto initial = model::initial_values(parameter, with.train.seed, stream++);
      if (parameter.name.find("relative") == std::string::npos) continue;
      const std::vector<float> before(initial.begin(), initial.end());
      EXPECT_NE(table(run, parameter.name), before) << parameter.name;
    }
  }
}

// Trap: validation crashed before the first checkpoint was written.
TEST_F(TrainerTest, TrapValidationCanComeBeforeTheFirstCheckpoint) {
  auto with = options();
  with.train.validation_steps = 1;
  int validations = 0;
  ASSERT_TRUE(train(with, [&](const StepReport& report) {
    if (report.step == 1 && report.validated) {
      EXPECT_TRUE(report.validation_nll);
      EXPECT_FALSE(fs::exists(with.run / "checkpoint"));
      ++validations;
    }
  }));
  EXPECT_EQ(validations, 1);
}

// Trap: a split with fewer sequences than a batch divided by zero.
TEST_F(TrainerTest, TrapFewerPiecesThanABatchCanTrain) {
  write("data.notes", 1, 1);
  auto with = options();
  with.train.batch = 8;
  const auto result = train(with, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_GT(result->train_nll, 0);
}

TEST_F(TrainerTest, LastModelIsSavedWithoutAValidationSplit) {
  write("data.notes", 3, 0);
  const auto result = train(options(), {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->validation_nll, std::nullopt);
  const auto file = model::ModelFile::open(options().run / "model.safetensors");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->metadata().at("training.step"), "12");
}

TEST_F(TrainerTest, AccumulatedBatchLearnsTheSameWithoutDropout) {
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

TEST_F(TrainerTest, LossThatStaysNaNEndsTheRunAndKeepsTheCheckpoint) {
  auto with = options();
  with.train.learning_rate = 1e30;
  with.train.warmup_steps = 0;
  with.train.clip_norm = 0;
  with.train.validation_steps = 0;
  with.checkpoint_steps = 1;
  const auto message = failure(with);
  EXPECT_THAT(message, HasSubstr("nan"));
  EXPECT_THAT(message, HasSubstr("for the 5th time"));
  EXPECT_THAT(message, HasSubstr("the checkpoint of step 1 is good"));
  EXPECT_TRUE(fs::exists(with.run / "checkpoint"));
}

// Increases the learning rate until values overflow, by a smaller factor than the rollbacks can
// reduce it in total.
TEST_F(TrainerTest, LossThatIsNaNContinuesFromTheCheckpointAtALowerRate) {
  auto with = options("overflown");
  with.train.clip_norm = 0;
  with.train.validation_steps = 0;
  std::string notes;
  const auto listen = [&](const StepReport& report) { notes += report.note + '\n'; };
  with.train.learning_rate = 1;
  for (; notes.find("back to step 0") == notes.npos; with.train.learning_rate *= 4) {
    fs::remove_all(with.run);
    ASSERT_LT(with.train.learning_rate, 1e30);
    const auto result = train(with, listen);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->steps, 12);
  }
  with.train.learning_rate /= 4;
  EXPECT_THAT(notes, HasSubstr("of the learning rate"));
  EXPECT_THAT(bytes("overflown/metrics.jsonl"), HasSubstr("\"setbacks\":"));

  // A checkpoint stores the lower rate.
  auto parts = with;
  parts.run = folder_ / "parts";
  ASSERT_FALSE(stop_after(parts, 7));
  set_interrupted(false);
  parts.resume = true;
  ASSERT_TRUE(train(parts, {}));
  EXPECT_EQ(bytes("overflown/model.safetensors"), bytes("parts/model.safetensors"));
}

TEST_F(TrainerTest, SignalWritesACheckpointAndTheRunContinues) {
  catch_checkpoint_requests();
  std::vector<std::int64_t> written;
  const auto result = train(options(), [&](const StepReport& report) {
    if (report.step == 3 && report.note.empty()) std::raise(SIGUSR1);
    if (report.note == "checkpoint written") written.push_back(report.step);
  });
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(written, testing::ElementsAre(3, 12));
}

TEST_F(TrainerTest, KeepsTheRequestedNumberOfCheckpoints) {
  auto with = options();
  with.checkpoint_steps = 2;
  with.keep_checkpoints = 4;
  ASSERT_TRUE(train(with, {}));
  EXPECT_EQ(std::distance(fs::directory_iterator(with.run / "checkpoint"), {}), 4);
}

TEST_F(TrainerTest, TrainNllIsTheSameInReportResultMetricsAndCheckpoint) {
  std::optional<double> reported;
  const auto result =
      train(options(), [&](const StepReport& report) { reported = report.train_nll; });
  ASSERT_TRUE(result && result->train_nll && reported);
  EXPECT_EQ(*result->train_nll, *reported);
  EXPECT_THAT(bytes("run/metrics.jsonl"),
              HasSubstr(fmt::format("{{\"step\":12,\"train_nll\":{:.7g},", *reported)));
  const auto checkpoint = read_checkpoint(options().run / "checkpoint");
  EXPECT_EQ(checkpoint->checkpoint.progress.train_nll, reported);
}

TEST_F(TrainerTest, ValidationThatIsNaNDoesNotSaveAModel) {
  auto with = options();
  with.train.learning_rate = 1e30;
  with.train.warmup_steps = 0;
  with.train.clip_norm = 0;
  with.train.validation_steps = 1;
  const auto message = failure(with);
  EXPECT_THAT(message, HasSubstr("the loss on the validation split became"));
  EXPECT_THAT(message, HasSubstr("no checkpoint was written before"));
  EXPECT_FALSE(fs::exists(with.run / "model.safetensors"));
  EXPECT_EQ(validation_lines("run"), "");
}

TEST_F(TrainerTest, BadInputIsAnError) {
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
