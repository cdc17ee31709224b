#pragma once

// Fixture for tests of complete runs: a small dataset in a temporary folder, and options for runs
// of a few milliseconds per step.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/interrupt.h"
#include "corpus/dataset.h"
#include "model/model_file.h"
#include "train/run/checkpoint.h"
#include "train/trainer.h"

namespace pno::train {

// Pieces of 40 notes of a scale, each starting at another key.
inline std::vector<corpus::Piece> scales(int train, int validation) {
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
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    write("data.notes", 5, 2);
    set_interrupted(false);
  }
  void TearDown() override {
    set_interrupted(false);
    std::filesystem::remove_all(folder_);
  }
  void write(const std::string& name, int train_pieces, int validation_pieces) const {
    ASSERT_TRUE(corpus::write_dataset(folder_ / name, scales(train_pieces, validation_pieces)));
  }

  // A few milliseconds per step, with every part of the model.
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
    options.train.precision = Precision::f32;  // the same on every processor
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

  // The validations of metrics.jsonl, without their times.
  std::string validation_lines(const std::string& run) const {
    std::istringstream all(bytes(run + "/metrics.jsonl"));
    std::string found;
    for (std::string line; std::getline(all, line);) {
      if (line.find("validation_nll") == line.npos) continue;
      found += line.substr(0, line.find(",\"seconds\"")) + '\n';
    }
    return found;
  }
  // The weights of a run and its validations, without its description.
  std::pair<std::vector<float>, std::string> outcome(const std::string& run) const {
    const auto read = read_checkpoint(folder_ / run / "checkpoint");
    EXPECT_TRUE(read) << read.error().message;
    return {read->checkpoint.learner.parameters, validation_lines(run)};
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / fmt::format("pno-trainer-{}", ::getpid());
};

}  // namespace pno::train
