// Properties that hold on all of ASAP (937 files, types 0 and 1) and POP909 (909 files of melody,
// bridge and piano tracks), where PNO_REAL_MUSIC has them.

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "midi/invariants.h"
#include "midi/midi_zip.h"
#include "midi/note_text.h"
#include "midi/smf_reader.h"
#include "midi/smf_slow_reader.h"
#include "midi/smf_writer.h"

namespace pno::midi {
namespace {

class SmfRealMusic : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (files().empty()) GTEST_SKIP() << "no " << GetParam() << " in " PNO_REAL_MUSIC;
  }
  // Inflated once for all tests.
  static const std::vector<ZippedFile>& files() {
    static std::map<std::string, std::vector<ZippedFile>> zips;
    const std::string path = std::string(PNO_REAL_MUSIC "/") + GetParam();
    const auto [zip, is_new] = zips.try_emplace(path);
    if (is_new) zip->second = midi_files_of_zip(path);
    return zip->second;
  }
};

TEST_P(SmfRealMusic, HoldsTheInvariantsAndIsNeitherTruncatedNorUnreadable) {
  for (const auto& [name, bytes] : files()) {
    const auto file = read_smf(bytes);
    ASSERT_TRUE(file.has_value()) << name << " " << file.error().message;
    EXPECT_EQ(broken_invariant(file->performance), "") << name;
    EXPECT_FALSE(file->performance.notes.empty()) << name;
    EXPECT_FALSE(file->oddities.truncated) << name;
    EXPECT_EQ(file->oddities.unreadable_tracks, 0) << name;
  }
}

TEST_P(SmfRealMusic, IsTheSameWhenWrittenAndReadAgain) {
  for (const auto& [name, bytes] : files()) {
    const auto file = read_smf(bytes);
    const auto again =
        read_smf(write_smf(file->performance, {.title = name, .every_microsecond = true}));
    ASSERT_TRUE(again.has_value()) << name;
    ASSERT_EQ(again->performance.notes, file->performance.notes) << name;
    ASSERT_EQ(again->performance.pedals, file->performance.pedals) << name;
    ASSERT_EQ(again->oddities.text(), "") << name;
  }
}

TEST_P(SmfRealMusic, HasAllNotesOfAllTracks) {
  for (const auto& [name, bytes] : files()) {
    const auto file = read_smf(bytes, {.sustain = false});
    const auto all = static_cast<std::int64_t>(SlowReader(bytes).count_note_ons());
    const auto& odd = file->oddities;
    // Of two keys of one pitch struck together one stays; those are among the overlapping.
    const auto read = static_cast<std::int64_t>(file->performance.notes.size());
    EXPECT_LE(read + odd.zero_length_notes, all) << name;
    EXPECT_GE(read + odd.zero_length_notes + odd.overlapping_notes, all) << name;
  }
}

// Every twentieth file: the slow reader is slow.
TEST_P(SmfRealMusic, IsReadAsTheSlowReaderReadsIt) {
  for (std::size_t i = 0; i < files().size(); i += 20) {
    const auto file = read_smf(files()[i].bytes);
    ASSERT_EQ(file->performance.notes, slow_notes(files()[i].bytes)) << files()[i].name;
  }
}

INSTANTIATE_TEST_SUITE_P(Zips, SmfRealMusic, testing::Values("asap-midi.zip", "pop909.zip"),
                         [](const auto& each) {
                           return std::string(each.param).starts_with("asap") ? "Asap" : "Pop909";
                         });

}  // namespace
}  // namespace pno::midi
