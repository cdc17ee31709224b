#pragma once

// A folder for each test, pno run in it, and small files of every kind to run it on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "events/encode.h"
#include "process.h"

namespace pno::cli_test {

using Json = nlohmann::ordered_json;

// Flags of pno train for a model that takes milliseconds a step.
extern const std::vector<std::string> kTinyTraining;

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b);

class Scratch : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  const std::filesystem::path& folder() const { return folder_; }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }

  // pno in the folder, to its end.
  Finished pno(const std::vector<std::string>& arguments, const std::string& stdin_text = "") const;
  // The object that it answers with --json; the test fails where it fails.
  Json pno_json(std::vector<std::string> arguments) const;

  void write(const std::string& name, const std::string& bytes) const;
  std::string read(const std::string& name) const;
  // Names in the folder, sorted, without what the tests put there for themselves.
  std::vector<std::string> listing() const;

  // Piano music of so many notes, eight a second; another `variant`, another piece.
  void write_midi(const std::string& name, int notes, int variant = 0) const;
  // A folder `name` of different pieces.
  void write_midi_folder(const std::string& name, int pieces, int notes) const;
  // A dataset of twelve pieces.
  void write_notes(const std::string& name) const;
  // A tiny model with random weights that never ends a piece.
  void write_model(const std::string& name) const;

 private:
  std::filesystem::path folder_;
};

std::vector<std::string> keys(const Json& object);

// One sentence on stderr that says `what`, and nothing on stdout.
void expect_failure(const Finished& finished, int exit_code, const std::string& what);

}  // namespace pno::cli_test
