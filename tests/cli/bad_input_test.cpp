// Every bad input has an error message and an exit code, and leaves no file: docs/design.md
// section 7.

#include <sys/mount.h>

#include "scratch.h"

namespace pno::cli_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class BadInput : public Scratch {};

TEST_F(BadInput, MissingFileIsAnError) {
  const std::string what = "o such file";
  write_model("m.safetensors");
  for (const std::vector<std::string>& command : {
           std::vector<std::string>{"info", "gone"},
           {"prepare", "gone", "-o", "out"},
           {"eval", "gone", "d.notes"},
           {"eval", "m.safetensors", "gone"},
           {"generate", "gone", "-o", "out"},
           {"generate", "m.safetensors", "--prime", "gone", "-o", "out"},
           {"export", "gone", "-o", "out"},
           {"tokens", "gone"},
           {"tokens", "--decode", "gone", "-o", "out"},
#ifdef PNO_HAS_SOUND
           {"render", "gone", "-o", "out"},
#endif
#ifdef PNO_HAS_PICTURE
           {"show", "gone", "-o", "out"},
#endif
       }) {
    SCOPED_TRACE(testing::PrintToString(command));
    const auto finished = pno(command);
    expect_failure(finished, 1, what);
    EXPECT_THAT(finished.err, HasSubstr("gone"));
  }
  EXPECT_THAT(listing(), ElementsAre("m.safetensors"));
}

TEST_F(BadInput, FolderWithoutMidiIsAnError) {
  std::filesystem::create_directory(folder() / "empty");
  write("empty/readme.txt", "nothing here");
  expect_failure(pno({"prepare", "empty", "-o", "d.notes"}), 1, "empty");
  EXPECT_FALSE(exists("d.notes"));
}

TEST_F(BadInput, EmptyZipIsAnError) {
  write("empty.zip", std::string("PK\x05\x06", 4) + std::string(18, '\0'));
  expect_failure(pno({"prepare", "empty.zip", "-o", "d.notes"}), 1, "empty.zip");
  EXPECT_FALSE(exists("d.notes"));
}

TEST_F(BadInput, TextNamedMidIsAnError) {
  write("a.mid", "Dear diary");
  expect_failure(pno({"tokens", "a.mid"}), 1, "a.mid");
  expect_failure(pno({"info", "a.mid"}), 1, "a.mid");
  expect_failure(pno({"prepare", "a.mid", "-o", "d.notes"}), 1, "a.mid");
  EXPECT_THAT(listing(), ElementsAre("a.mid"));
}

TEST_F(BadInput, OneBadFileAmongManyIsSkippedAndListed) {
  write_midi_folder("music", 3, 20);
  write("music/bad.mid", "Dear diary");
  const auto finished = pno({"prepare", "music", "-o", "d.notes", "--report", "r.json"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, HasSubstr("bad.mid"));
  const auto report = Json::parse(read("r.json"));
  ASSERT_EQ(report["files"].size(), 4U);
  int taken = 0;
  for (const auto& file : report["files"]) taken += file["taken"].get<bool>() ? 1 : 0;
  EXPECT_EQ(taken, 3);
}

TEST_F(BadInput, TruncatedMidiIsReadWithAWarning) {
  write_midi("a.mid", 40);
  const auto whole = read("a.mid");
  write("cut.mid", whole.substr(0, whole.size() / 2));
  const auto finished = pno({"tokens", "cut.mid"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, HasSubstr("NOTE_ON"));
  EXPECT_THAT(finished.err, HasSubstr("cut.mid: was cut short"));
}

TEST_F(BadInput, MidiTruncatedInItsHeaderIsAnError) {
  write_midi("a.mid", 40);
  write("cut.mid", read("a.mid").substr(0, 9));
  expect_failure(pno({"tokens", "cut.mid"}), 1, "cut.mid");
}

TEST_F(BadInput, DatasetAsModelAndModelAsDatasetAreErrors) {
  write_notes("d.notes");
  write_model("m.safetensors");
  expect_failure(pno({"generate", "d.notes", "-o", "a.mid"}), 1, "d.notes");
  expect_failure(pno({"eval", "d.notes", "d.notes"}), 1, "d.notes");
  expect_failure(pno({"eval", "m.safetensors", "m.safetensors"}), 1, "m.safetensors");
  EXPECT_FALSE(exists("a.mid"));
}

TEST_F(BadInput, TruncatedModelIsAnError) {
  write_model("m.safetensors");
  const auto whole = read("m.safetensors");
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{100}, whole.size() / 2, whole.size() - 1}) {
    SCOPED_TRACE(size);
    write("cut.safetensors", whole.substr(0, size));
    expect_failure(pno({"generate", "cut.safetensors", "-o", "a.mid"}), 1, "cut.safetensors");
    expect_failure(pno({"info", "cut.safetensors"}), 1, "cut.safetensors");
  }
  EXPECT_FALSE(exists("a.mid"));
}

TEST_F(BadInput, PrimeWithoutNotesIsAnError) {
  write_model("m.safetensors");
  write_midi("silence.mid", 0);
  expect_failure(pno({"generate", "m.safetensors", "-o", "a.mid", "--prime", "silence.mid"}), 1,
                 "silence.mid: has no notes");
  write_midi("short.mid", 8);
  expect_failure(pno({"generate", "m.safetensors", "-o", "a.mid", "--prime", "short.mid",
                      "--prime-from", "60"}),
                 1, "no note begins after 60 s");
  EXPECT_FALSE(exists("a.mid"));
}

TEST_F(BadInput, UnknownEventsAreErrors) {
  write("a.txt", "NOTE_ON 60\nNOTE_UP 60\n");
  const auto from_file = pno({"tokens", "--decode", "a.txt", "-o", "a.mid"});
  expect_failure(from_file, 1, "a.txt");
  EXPECT_THAT(from_file.err, HasSubstr("2"));  // number of the line
  expect_failure(pno({"tokens", "--decode", "-o", "a.mid"}, "TIME_SHIFT 0\n"), 1, "stdin");
  EXPECT_FALSE(exists("a.mid"));
}

TEST_F(BadInput, EmptySplitIsAnError) {
  write_midi_folder("music", 3, 20);
  ASSERT_EQ(pno({"prepare", "music", "-o", "d.notes", "--split", "100/0/0"}).exit_code, 0);
  write_model("m.safetensors");
  expect_failure(pno({"eval", "m.safetensors", "d.notes", "--split", "test"}), 1, "test");
}

TEST_F(BadInput, UnwritableOutputIsAnError) {
  write_midi("a.mid", 8);
  write_model("m.safetensors");
  for (const std::vector<std::string>& command : {
           std::vector<std::string>{"prepare", "a.mid", "-o", "gone/out"},
           {"generate", "m.safetensors", "--tokens", "9", "-o", "gone/out"},
           {"tokens", "a.mid", "-o", "gone/out"},
#ifdef PNO_HAS_SOUND
           {"render", "a.mid", "-o", "gone/out.wav"},
#endif
#ifdef PNO_HAS_PICTURE
           {"show", "a.mid", "-o", "gone/out.png"},
#endif
       }) {
    SCOPED_TRACE(testing::PrintToString(command));
    expect_failure(pno(command), 1, "gone/out");
  }
  EXPECT_THAT(listing(), ElementsAre("a.mid", "m.safetensors"));
}

TEST_F(BadInput, ReportDoesNotReplaceAModel) {
  write_model("m.safetensors");
  const auto before = read("m.safetensors");
  expect_failure(pno({"report", "run", "-o", "m.safetensors"}), 2,
                 "m.safetensors: exists and is not an HTML page");
  EXPECT_EQ(read("m.safetensors"), before);
}

TEST_F(BadInput, PlotNeedsOneDataset) {
  write_midi("a.mid", 8);
  write_notes("d.notes");
  expect_failure(pno({"info", "a.mid", "--plot", "a.png"}), 2, "a.mid: is not a dataset");
  expect_failure(pno({"info", "d.notes", "d.notes", "--plot", "a.png"}), 2, "one dataset");
#ifdef PNO_HAS_PICTURE
  expect_failure(pno({"info", "d.notes", "--plot", "a.jpg"}), 2, ".png or .svg");
#else
  expect_failure(pno({"info", "d.notes", "--plot", "a.png"}), 1, "built without pictures");
#endif
  EXPECT_THAT(listing(), ElementsAre("a.mid", "d.notes"));
}

TEST_F(BadInput, FullStdoutIsAnError) {
  write_midi("a.mid", 8);
  Process process("/bin/sh", {"-c", "exec \"$0\" tokens a.mid > /dev/full", PNO_PROGRAM}, folder());
  expect_failure(process.wait(), 1, "stdout: cannot be written: No space left on device");
}

// A disk of 64 KB, if this process has the right to mount one.
class FullDisk : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
    std::filesystem::create_directory(folder() / "disk");
    mounted_ = ::mount("none", path("disk").c_str(), "tmpfs", 0, "size=64k") == 0;
  }
  void TearDown() override {
    if (mounted_) ::umount(path("disk").c_str());
    Scratch::TearDown();
  }
  bool mounted() const { return mounted_; }

 private:
  bool mounted_ = false;
};

TEST_F(FullDisk, NoFileStaysOnIt) {
  if (!mounted()) GTEST_SKIP() << "no right to mount a small disk";
  write_midi_folder("music", 4, 5000);
  write_midi("long.mid", 20000);
  for (const std::vector<std::string>& command : {
           std::vector<std::string>{"prepare", "music", "-o", "disk/out.notes"},
           {"tokens", "long.mid", "-o", "disk/out.txt"},
#ifdef PNO_HAS_SOUND
           {"render", "music/0.mid", "-o", "disk/out.wav"},
#endif
       }) {
    SCOPED_TRACE(testing::PrintToString(command));
    expect_failure(pno(command), 1, "No space left on device");
    EXPECT_TRUE(std::filesystem::is_empty(folder() / "disk"));
  }
}

TEST_F(FullDisk, WritingToDevFullIsAnError) {
  write_midi("a.mid", 8);
  expect_failure(pno({"prepare", "a.mid", "-o", "/dev/full"}), 1, "No space left on device");
  expect_failure(pno({"tokens", "a.mid", "-o", "/dev/full"}), 1, "No space left on device");
}

}  // namespace
}  // namespace pno::cli_test
