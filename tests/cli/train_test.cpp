// pno train: from the MIDI files of the repository to music of the trained model, options of
// training, and Ctrl-C during training.

#include <cstdlib>
#include <thread>

#include "scratch.h"

namespace pno::cli_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Train : public Scratch {};

TEST_F(Train, HelpShowsPresetsAndEveryField) {
  const auto help = pno({"train", "--help"});
  EXPECT_EQ(help.exit_code, 0) << help.err;
  for (const auto* text : {"Usage: pno train", "Example:\n  pno train", "demo", "paper", "pno-ai",
                           "--learning-rate NUMBER=0.001", "--attention NAME=relative",
                           "relative_local", "--resume", "--device", "--json"}) {
    EXPECT_THAT(help.out, HasSubstr(text));
  }
}

TEST_F(Train, TrainedModelCanBeEvaluatedAndGenerates) {
  const std::string mini = PNO_SOURCE_DIR "/data/mini";
  pno_json({"prepare", mini, "-o", "mini.notes"});
  const auto trained =
      pno_json(std::vector<std::string>{"train", "mini.notes", "-o", "run", "--steps", "20"} +
               kTinyTraining);
  EXPECT_THAT(keys(trained),
              ElementsAre("steps", "tokens", "tokens_per_s", "train_nll", "train_nll_grammar",
                          "validation_nll", "validation_nll_grammar", "peak_rss_mb", "seconds"));
  EXPECT_LT(trained["validation_nll_grammar"], trained["validation_nll"]);
  EXPECT_EQ(trained["steps"], 20);
  const std::string model = "run/model.safetensors";
  EXPECT_TRUE(exists("run/metrics.jsonl"));
  EXPECT_TRUE(exists("run/tb"));
  const auto sample = pno_json({"info", "run/samples/step-000000020.mid"})["files"][0];
  EXPECT_EQ(sample["kind"], "midi");
  EXPECT_FALSE(exists("run/samples/weights-20.safetensors"));
  const auto score = pno_json({"eval", model, "mini.notes", "--windows", "4"});
  // eval computes in float32, training in bf16 if the processor is faster in it.
  EXPECT_NEAR(score["nll"].get<double>(), trained["validation_nll"].get<double>(), 3e-3);
  EXPECT_EQ(pno_json({"info", model})["files"][0]["metadata"]["model"]["layers"], "1");
  pno_json({"generate", model, "-o", "new.mid", "--tokens", "40"});
  EXPECT_EQ(pno_json({"info", "new.mid"})["files"][0]["kind"], "midi");
}

TEST_F(Train, UsesTheSimdTargetOfTheEnvironment) {
  write_notes("d.notes");
  ::setenv("PNO_SIMD", "mmx", 1);
  const auto refused = pno({"train", "d.notes", "-o", "run", "--steps", "1"});
  ::unsetenv("PNO_SIMD");
  expect_failure(refused, 1, "PNO_SIMD: SIMD target 'mmx'");
}

TEST_F(Train, FlagsOverrideThePreset) {
  write_notes("d.notes");
  write("mine.toml", "[model]\nlayers = 3\nheads = 4\n[train]\nlearning_rate = 0.01\n");
  // kTinyTraining sets one layer and two heads; only the preset sets the learning rate.
  pno_json(std::vector<std::string>{"train", "d.notes", "-o", "run", "--steps", "1"} +
           kTinyTraining + std::vector<std::string>{"--preset", "mine.toml"});
  const auto info = pno_json({"info", "run/model.safetensors"})["files"][0];
  EXPECT_EQ(info["metadata"]["model"]["layers"], "1");
  EXPECT_EQ(info["metadata"]["model"]["heads"], "2");
  EXPECT_EQ(info["metadata"]["training"]["learning_rate"], "0.01");
}

TEST_F(Train, WeightsSelectTheDatasetsOfCrops) {
  for (const auto& [name, notes] : {std::pair{"a", 100}, {"b", 60}}) {
    write_midi_folder(name, 12, notes);
    pno_json({"prepare", name, "-o", std::string(name) + ".notes", "--split", "50/25/25"});
  }
  // With this weight all crops come from one dataset, so the loss of the first step differs.
  const auto loss = [&](const std::string& a, const std::string& b, const std::string& run) {
    const auto trained = pno_json(
        std::vector<std::string>{"train", a, b, "-o", run, "--steps", "1"} + kTinyTraining);
    return trained["train_nll"].get<double>();
  };
  const auto all_a = loss("a.notes:1e9", "b.notes", "a-first");
  EXPECT_NE(all_a, loss("a.notes", "b.notes:1e9", "b-first"));
  const auto info = pno_json({"info", "a-first/model.safetensors"})["files"][0];
  EXPECT_EQ(info["metadata"]["data"]["sources"], "a.notes; b.notes");
  expect_failure(pno({"train", "a.notes:0", "-o", "other"}), 2, "a.notes:0");
  expect_failure(pno({"train", "a.notes:nan", "-o", "other"}), 2, "a.notes:nan");
}

TEST_F(Train, WrongUsageHasExitCodeTwo) {
  expect_failure(pno({"train", "d.notes", "-o", "run", "--preset", "papre"}), 2, "papre");
  expect_failure(pno({"train", "d.notes", "-o", "run", "--heads", "3"}), 2, "heads");
  expect_failure(pno({"train", "d.notes", "-o", "run", "--learning-rate", "fast"}), 2, "fast");
  expect_failure(pno({"train", "d.notes", "-o", "run", "--vocabulary", "midi"}), 2, "midi");
  expect_failure(pno({"train", "d.notes", "-o", "run", "--checkpoint-minutes", "0"}), 2,
                 "--checkpoint-minutes");
  expect_failure(pno({"train", "d.notes", "-o", "run", "--checkpoint-minutes", "5",
                      "--checkpoint-steps", "5"}),
                 2, "--checkpoint-steps");
  write("mine.toml", "[model]\nhaeds = 4\n");
  expect_failure(pno({"train", "d.notes", "-o", "run", "--preset", "mine.toml"}), 1,
                 "did you mean 'heads'?");
  EXPECT_FALSE(exists("run"));
}

TEST_F(Train, FineTuningCopiesTheShapeOfTheModel) {
  write_notes("d.notes");
  pno_json(std::vector<std::string>{"train", "d.notes", "-o", "first", "--steps", "2"} +
           kTinyTraining);
  // Without flags of the model's shape.
  const std::vector<std::string> call = {
      "train", "d.notes",  "--init-from", "first/model.safetensors", "--steps", "2", "--batch",
      "2",     "--device", "cpu"};
  pno_json(call + std::vector<std::string>{"-o", "tuned", "--freeze", "embedding", "--layer-rates",
                                           "output=2"});
  const auto info = pno_json({"info", "tuned/model.safetensors"})["files"][0];
  EXPECT_EQ(info["metadata"]["model"]["width"], "16");
  EXPECT_EQ(info["metadata"]["init"]["model"], "model.safetensors");
  const auto other = [&](const std::vector<std::string>& flags) {
    return pno(call + std::vector<std::string>{"-o", "other"} + flags);
  };
  expect_failure(other({"--layers", "2"}), 2, "model.layers is 1 there");
  expect_failure(other({"--freeze", "embeding"}), 2, "'embeding'");
}

TEST_F(Train, OutputNamesTheLimitThatEndedTheRun) {
  write_notes("d.notes");
  const auto epochs = pno(
      std::vector<std::string>{"train", "d.notes", "-o", "run", "--epochs", "0.1"} + kTinyTraining);
  EXPECT_THAT(epochs.out, HasSubstr("finished 0.1 epochs"));
  const auto minutes = pno(std::vector<std::string>{"train", "d.notes", "-o", "timed", "--minutes",
                                                    "0.005", "--steps", "1000000"} +
                           kTinyTraining);
  EXPECT_THAT(minutes.out, HasSubstr("stopped after 0.005 minutes"));
  expect_failure(
      pno(std::vector<std::string>{"train", "d.notes", "-o", "both", "--batch-tokens", "256"} +
          kTinyTraining),
      2, "--batch and --batch-tokens");
}

TEST_F(Train, BadDatasetsAreErrors) {
  write_model("m.safetensors");
  expect_failure(pno({"train", "gone.notes", "-o", "run"}), 1, "gone.notes");
  expect_failure(pno({"train", "m.safetensors", "-o", "run"}), 1, "m.safetensors");
}

TEST_F(Train, ResumeContinuesFromTheCheckpointOfAnInterruptedRun) {
  write_notes("d.notes");
  const std::vector<std::string> call = {"train", "d.notes", "-o", "run", "--schedule", "constant"};
  Process process(PNO_PROGRAM,
                  call + kTinyTraining + std::vector<std::string>{"--steps", "1000000"}, folder());
  ASSERT_TRUE(process.wait_until_interruptible());
  while (read("run/metrics.jsonl").empty()) {
    ASSERT_TRUE(process.wait_until_interruptible()) << "it ended before its first ten steps";
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  for (int i = 0; i < 2; ++i) process.signal(SIGTERM);  // as from `timeout`: to it and its group
  const auto stopped = process.wait();
  EXPECT_EQ(stopped.exit_code, 1);
  EXPECT_THAT(stopped.err, HasSubstr("stopping after this step, with a checkpoint"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path("run"))) {
    EXPECT_EQ(entry.path().string().find(".tmp"), std::string::npos) << entry.path();
  }
  EXPECT_THAT(stopped.err, HasSubstr("--resume"));
  EXPECT_TRUE(exists("run/checkpoint"));

  // The last step, from the message "interrupted after step N of …".
  const std::string before = "after step ";
  const auto at = stopped.err.find(before);
  ASSERT_NE(at, std::string::npos) << stopped.err;
  const auto reached = std::stoll(stopped.err.substr(at + before.size()));
  const auto resumed =
      pno_json(call + kTinyTraining +
               std::vector<std::string>{"--resume", "--steps", std::to_string(reached + 5)});
  EXPECT_EQ(resumed["steps"], reached + 5);
}

TEST_F(Train, AnEmptyValidationSplitAndTooManyThreadsAreSaid) {
  write_midi_folder("music", 2, 100);
  ASSERT_EQ(pno({"prepare", "music", "-o", "d.notes", "--split", "100/0/0"}).exit_code, 0);
  const auto trained = pno(std::vector<std::string>{"train", "d.notes", "-o", "run", "--steps", "2",
                                                    "--threads", "1000"} +
                           kTinyTraining);
  EXPECT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_THAT(trained.err, HasSubstr("d.notes: the validation split is empty"));
  EXPECT_THAT(trained.err, HasSubstr("--threads 1000 is more than this machine's"));
}

// The run's config.toml has its datasets, its fields and its other flags.
TEST_F(Train, ARunIsRepeatedFromItsConfig) {
  write_notes("d.notes");
  const auto first = pno_json(
      std::vector<std::string>{"train", "d.notes", "-o", "run", "--steps", "4", "--seed", "7"} +
      kTinyTraining);
  EXPECT_THAT(read("run/config.toml"), HasSubstr("pno train d.notes -o run --steps 4 --seed 7"));
  const auto again = pno_json({"train", "--preset", "run/config.toml", "-o", "again"});
  EXPECT_EQ(again["steps"], 4);
  EXPECT_EQ(again["train_nll"], first["train_nll"]);
  EXPECT_EQ(again["validation_nll"], first["validation_nll"]);
  const auto of_model = [&](const std::string& run) {
    return pno_json({"info", run + "/model.safetensors"})["files"][0]["metadata"];
  };
  EXPECT_THAT(of_model("run")["training"]["command"].get<std::string>(),
              HasSubstr("pno train d.notes -o run --steps 4"));
  EXPECT_EQ(of_model("run")["pno"]["version"], PNO_VERSION);
  EXPECT_THAT(of_model("again")["training"]["command"].get<std::string>(),
              HasSubstr("--preset run/config.toml"));
  const auto other = pno_json(
      {"train", "--preset", "run/config.toml", "-o", "other", "--steps", "2", "--threads", "1"});
  EXPECT_EQ(other["steps"], 2) << "flags override the record";
}

TEST_F(Train, ResumeNeedsNoMoreThanTheFolder) {
  write_notes("d.notes");
  const std::vector<std::string> call = {"train", "d.notes",    "--dropout",
                                         "0.1",   "--schedule", "constant"};
  pno_json(call + kTinyTraining + std::vector<std::string>{"-o", "run", "--steps", "2"});
  const auto resumed = pno_json({"train", "--resume", "run", "--steps", "4"});
  EXPECT_EQ(resumed["steps"], 4);
  const auto whole =
      pno_json(call + kTinyTraining + std::vector<std::string>{"-o", "whole", "--steps", "4"});
  EXPECT_EQ(resumed["validation_nll"], whole["validation_nll"]);
  // Both command lines are kept, and the last number of steps.
  EXPECT_THAT(read("run/config.toml"), HasSubstr("--steps 2 --json\",\n  \""));
  EXPECT_THAT(read("run/config.toml"), HasSubstr("steps = 4 "));
  EXPECT_EQ(pno_json({"train", "-o", "run", "--resume", "--steps", "5"})["steps"], 5);
  expect_failure(pno({"train", "--resume", "run", "--learning-rate", "0.5"}), 1, "learning_rate");
  // The datasets are looked for where they were.
  std::filesystem::rename(path("d.notes"), path("moved.notes"));
  expect_failure(pno({"train", "--resume", "run", "--steps", "6"}), 1, "d.notes");
  EXPECT_EQ(pno_json({"train", "moved.notes", "-o", "run", "--resume", "--steps", "6"})["steps"],
            6);
}

TEST_F(Train, ARunWithoutARecordNeedsItsDatasets) {
  write_notes("d.notes");
  const std::vector<std::string> call = {"train", "d.notes", "-o", "run", "--schedule", "constant"};
  pno_json(call + kTinyTraining + std::vector<std::string>{"--steps", "2"});
  std::filesystem::remove(path("run/config.toml"));
  expect_failure(pno({"train", "--resume", "run"}), 1, "has no config.toml");
  EXPECT_EQ(pno_json(call + kTinyTraining +
                     std::vector<std::string>{"--steps", "4", "--resume"})["steps"],
            4);
  EXPECT_TRUE(exists("run/config.toml"));
  expect_failure(pno({"train", "-o", "new"}), 2, "DATASET is required");
  expect_failure(pno({"train", "d.notes"}), 2, "--output is required");
  expect_failure(pno({"train", "--resume", "nowhere"}), 1, "nowhere: holds no run to continue");
  expect_failure(pno({"train", "--resume"}), 2, "--resume needs one folder");
}

TEST_F(Train, ExistingRunIsNotOverwritten) {
  write_notes("d.notes");
  const std::vector<std::string> call = {"train", "d.notes", "-o", "run", "--steps", "2"};
  ASSERT_EQ(pno(call + kTinyTraining).exit_code, 0);
  const auto model = read("run/model.safetensors");
  expect_failure(pno(call + kTinyTraining), 1, "--resume");
  EXPECT_EQ(read("run/model.safetensors"), model);
}

}  // namespace
}  // namespace pno::cli_test
