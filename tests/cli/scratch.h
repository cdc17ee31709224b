#pragma once

// A fixture with a temporary folder, functions to run pno in it, and small files of every kind.

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

// Flags of pno train for a model with steps of a few milliseconds.
extern const std::vector<std::string> kTinyTraining;

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b);

class Scratch : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  const std::filesystem::path& folder() const { return folder_; }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }

  // Runs pno in the folder to its end.
  Finished pno(const std::vector<std::string>& arguments, const std::string& stdin_text = "") const;
  // Runs pno with --json and returns the object. Fails the test if pno fails.
  Json pno_json(std::vector<std::string> arguments) const;

  void write(const std::string& name, const std::string& bytes) const;
  std::string read(const std::string& name) const;
  // Names of the files in the folder, sorted, without the output files of processes.
  std::vector<std::string> listing() const;

  // Writes piano music of `notes` notes, eight per second. Each `variant` is another piece.
  void write_midi(const std::string& name, int notes, int variant = 0) const;
  // Writes a folder of different pieces.
  void write_midi_folder(const std::string& name, int pieces, int notes) const;
  // Writes a dataset of twelve pieces.
  void write_notes(const std::string& name) const;
  // Writes a tiny model with random weights that never ends a piece.
  void write_model(const std::string& name) const;
  // The same with roles and the composer Chopin.
  void write_model_with_roles(const std::string& name) const;

 private:
  std::filesystem::path folder_;
};

std::vector<std::string> keys(const Json& object);

// Expects the exit code, one line on stderr that contains `what`, and nothing on stdout.
void expect_failure(const Finished& finished, int exit_code, const std::string& what);

}  // namespace pno::cli_test
