// Ctrl-C ends a command with one message and without a partial file.

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

TEST_F(Interrupted, GenerateLeavesNoMidi) {
  write_model("m.safetensors");
  Process process(PNO_PROGRAM, {"generate", "m.safetensors", "-o", "a.mid", "--tokens", "99999999"},
                  folder());
  ASSERT_TRUE(process.wait_until_interruptible());
  process.interrupt();
  expect_failure(process.wait(), 1, "interrupted");
  EXPECT_THAT(listing(), testing::ElementsAre("m.safetensors"));
}

}  // namespace
}  // namespace pno::cli_test
