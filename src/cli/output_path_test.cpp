#include "cli/output_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "base/safetensors.h"

namespace pno::cli {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class OutputPath : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_);
    ASSERT_TRUE(replace_file(song_, "MThd and so on").has_value());
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("pno-output-{}", ::getpid());
  fs::path song_ = folder_ / "song.mid";
};

std::string complaint(const Expected<void>& result) {
  if (result) return "";
  EXPECT_EQ(result.error().kind, Error::Kind::usage);
  return result.error().message;
}

TEST_F(OutputPath, CanBeNewOrOfTheSameKind) {
  EXPECT_EQ(complaint(check_output(folder_ / "new", FileKind::midi, {song_})), "");
  EXPECT_EQ(complaint(check_output(song_, FileKind::midi, {})), "");
  EXPECT_EQ(complaint(check_output("/dev/null", FileKind::midi, {song_})), "");
  ASSERT_TRUE(replace_file(folder_ / "empty", "").has_value());
  EXPECT_EQ(complaint(check_output(folder_ / "empty", FileKind::dataset, {song_})), "");
}

TEST_F(OutputPath, CannotBeAnInputUnderAnyName) {
  const auto again = folder_ / "again.mid";
  fs::create_symlink(song_, again);
  const auto around = folder_ / ".." / folder_.filename() / "song.mid";
  for (const auto& name : {song_, again, around}) {
    EXPECT_THAT(complaint(check_output(name, FileKind::midi, {folder_, song_})),
                HasSubstr("would be overwritten"));
  }
}

TEST_F(OutputPath, CannotBeAFileOfAnotherKind) {
  const auto weight = std::vector<float>{1};
  const auto tensor = Tensor::of<float>("weight", {1}, weight);
  const auto model = folder_ / "model.safetensors";
  ASSERT_TRUE(write_safetensors(model, {&tensor, 1}, {{"format", "pno.model"}}).has_value());
  const auto dataset = folder_ / "music.notes";
  ASSERT_TRUE(write_safetensors(dataset, {&tensor, 1}, {{"format", "pno.notes"}}).has_value());

  EXPECT_THAT(complaint(check_output(model, FileKind::midi, {})), HasSubstr("is not a MIDI file"));
  EXPECT_THAT(complaint(check_output(model, FileKind::dataset, {})), HasSubstr("is not a dataset"));
  EXPECT_THAT(complaint(check_output(song_, FileKind::dataset, {})), HasSubstr("is not a dataset"));
  EXPECT_THAT(complaint(check_output(dataset, FileKind::json, {})),
              HasSubstr("is not a JSON file"));
  EXPECT_THAT(complaint(check_output(dataset, FileKind::text, {})),
              HasSubstr("is not a text file"));
  EXPECT_THAT(complaint(check_output(dataset, FileKind::model, {})), HasSubstr("is not a model"));
  EXPECT_THAT(complaint(check_output(song_, FileKind::model, {})), HasSubstr("is not a model"));
  EXPECT_EQ(complaint(check_output(dataset, FileKind::dataset, {})), "");
  EXPECT_EQ(complaint(check_output(model, FileKind::model, {})), "");
  for (const auto kind : {FileKind::picture, FileKind::sound, FileKind::page}) {
    EXPECT_THAT(complaint(check_output(song_, kind, {song_})), HasSubstr("would be overwritten"));
    EXPECT_THAT(complaint(check_output(song_, kind, {})), HasSubstr("exists and is not a"));
    EXPECT_THAT(complaint(check_output(model, kind, {})), HasSubstr("exists and is not a"));
  }
  EXPECT_THAT(complaint(check_output(folder_, FileKind::midi, {})), HasSubstr("is a folder"));
  EXPECT_THAT(complaint(check_output("none/", FileKind::midi, {})), HasSubstr("is a folder"));
  EXPECT_THAT(complaint(check_output("", FileKind::midi, {})), HasSubstr("empty name"));
}

TEST_F(OutputPath, AMidiFileThatPnoDidNotGenerateIsKept) {
  const auto refused = check_generated(song_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Error::Kind::input);
  EXPECT_THAT(refused.error().message, HasSubstr("name another file to write, or add --overwrite"));
  const auto own = folder_ / "own.mid", empty = folder_ / "empty.mid";
  ASSERT_TRUE(replace_file(own, std::string("MThd and then ") + kGeneratedBy.data()));
  ASSERT_TRUE(replace_file(empty, ""));
  for (const auto& path : {own, empty, folder_ / "new.mid", fs::path("/dev/null")}) {
    EXPECT_TRUE(check_generated(path)) << path;
  }
}

TEST_F(OutputPath, APageIsHtml) {
  const auto page = folder_ / "page.html";
  for (const auto* text : {"<!DOCTYPE html>\n<html>", "<HTML>", ""}) {
    ASSERT_TRUE(replace_file(page, text).has_value());
    EXPECT_EQ(complaint(check_output(page, FileKind::page, {})), "") << text;
  }
  ASSERT_TRUE(replace_file(page, "{\"html\": 1}").has_value());
  EXPECT_THAT(complaint(check_output(page, FileKind::page, {})), HasSubstr("is not an HTML page"));
}

TEST_F(OutputPath, StdoutTakesWhatIsWrittenFromStartToEnd) {
  for (const auto* name : {"-", "/dev/stdout"}) {
    for (const auto kind : {FileKind::midi, FileKind::text, FileKind::json, FileKind::model}) {
      EXPECT_EQ(complaint(check_output(name, kind, {song_})), "");
    }
    for (const auto kind : {FileKind::dataset, FileKind::sound}) {
      EXPECT_THAT(complaint(check_output(name, kind, {})),
                  HasSubstr("cannot be written to stdout; name a file"));
    }
  }
}

}  // namespace
}  // namespace pno::cli
