// Ctrl-C ends a command with a message and without a damaged file.

#include <chrono>
#include <thread>

#include "scratch.h"

namespace pno::cli_test {
namespace {

class Interrupted : public Scratch {};

TEST_F(Interrupted, PrepareLeavesNoDataset) {
  constexpr int kPieces = 100, kNotes = 20000;  // about a second of work
  write_midi_folder("music", kPieces, kNotes);
  Process process(PNO_PROGRAM, {"prepare", "music", "-o", "d.notes"}, folder());
  ASSERT_TRUE(process.wait_until_interruptible());
  process.interrupt();
  expect_failure(process.wait(), 1, "interrupted");
  EXPECT_THAT(listing(), testing::ElementsAre("music"));
}

TEST_F(Interrupted, PrepareKeepsAnExistingDataset) {
  constexpr int kPieces = 100, kNotes = 20000;
  write_notes("d.notes");
  const auto before = read("d.notes");
  write_midi_folder("music", kPieces, kNotes);
  Process process(PNO_PROGRAM, {"prepare", "music", "-o", "d.notes"}, folder());
  ASSERT_TRUE(process.wait_until_interruptible());
  process.interrupt();
  expect_failure(process.wait(), 1, "interrupted");
  EXPECT_EQ(read("d.notes"), before);
}

TEST_F(Interrupted, GenerateWritesTheMusicSoFar) {
  write_model("m.safetensors");
  Process process(PNO_PROGRAM,
                  {"generate", "m.safetensors", "-o", "a.mid", "--tokens", "99999999", "--count",
                   "9", "--json"},
                  folder());
  ASSERT_TRUE(process.wait_until_interruptible());
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  process.interrupt();
  const auto finished = process.wait();
  EXPECT_EQ(finished.exit_code, 1) << "as other commands that are interrupted";
  EXPECT_THAT(finished.err, testing::HasSubstr("interrupted; it has the"));
  const auto json = nlohmann::json::parse(finished.out);
  EXPECT_EQ(json["ended"], "interrupted");
  ASSERT_EQ(json["files"].size(), 8U) << "the ninth piece was not begun";
  EXPECT_GT(pno_json({"info", "a-1.mid"})["files"][0]["notes"].get<int>(), 0);
}

}  // namespace
}  // namespace pno::cli_test
